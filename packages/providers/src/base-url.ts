import { type ConnectionField, GatewayError, type Provider } from '@sluice/contract';

/**
 * The base URL of a connection that brings none of its own: the provider's, with every `{field}` filled in. Each
 * field is checked, also one that the URL does not hold, so that a connection that passes here is a whole one.
 * @param region the connection's own; it is the field of that name and wins over one in `settings`.
 * @throws GatewayError invalid_request: a field is missing or does not have its form, or the provider has no base
 * URL of its own. `param` is the field's name.
 */
export function resolveBaseUrl(
  provider: Provider,
  settings: Readonly<Record<string, string>>,
  region: string | null,
): string {
  if (provider.base_url === '') {
    throw new GatewayError('invalid_request', `A connection of ${provider.name} needs a base_url.`, {
      param: 'base_url',
    });
  }
  const values = requireFields(provider, settings, region);
  const parts = { ...values, ...provider.deriveFields?.(values) };
  return provider.base_url.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(parts, name) ? parts[name] : undefined;
    if (value === undefined) throw new Error(`provider ${provider.id} has no field ${name}`);
    return value;
  });
}

/**
 * Values of all the provider's fields, defaults filled in.
 * @throws GatewayError invalid_request as `resolveBaseUrl` does.
 */
export function requireFields(
  provider: Provider,
  settings: Readonly<Record<string, string>>,
  region: string | null,
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const field of provider.fields ?? [])
    values[field.name] = requireField(provider, field, settings, region);
  return values;
}

function requireField(
  provider: Provider,
  field: ConnectionField,
  settings: Readonly<Record<string, string>>,
  region: string | null,
): string {
  const set = Object.hasOwn(settings, field.name) ? settings[field.name] : undefined;
  const value = (field.name === 'region' ? region : null) ?? set ?? field.default;
  if (value === undefined) {
    throw new GatewayError(
      'invalid_request',
      `A connection of ${provider.name} needs ${field.name}: ${field.help}`,
      { param: field.name },
    );
  }
  // A pattern may be written without anchors, and `$` alone lets a line break through.
  const match = field.pattern.exec(value);
  if (match === null || match[0] !== value) {
    throw new GatewayError(
      'invalid_request',
      `The ${field.name} of a connection of ${provider.name} does not have the right form: ${field.help}`,
      { param: field.name },
    );
  }
  return value;
}
