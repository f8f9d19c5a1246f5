import { type AnyProtocol, type Connection, GatewayError, type ProviderCall } from '@sluice/contract';

/**
 * Azure answers OpenAI's formats on three surfaces, told apart by the connection's base URL and API version:
 * - `…/openai/v1/chat/completions`: the deployment is the body's `model`; a version is not needed.
 * - `…/openai/deployments/{deployment}/chat/completions?api-version=2024-10-21`: the classic one, and
 * - `…services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview`: Foundry's own.
 * @see https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle (read 2026-11-21)
 */
const DATED = /^\d{4}-\d{2}-\d{2}/;
const DEPLOYMENT = /\/deployments\/[^/?]*/;

/** Operations that the classic surface has beside the deployments, not below them. */
const BESIDE = /\/responses(?=[/?]|$)/;

/** A format of OpenAI's with the deployment in its path, until the connection tells the surface. */
export function inDeployment<P extends AnyProtocol>(protocol: P): P {
  const renderRequest: AnyProtocol['renderRequest'] = (asked, options) => {
    const rendered = protocol.renderRequest(asked, options);
    return { ...rendered, path: `/deployments/${encodeURIComponent(options.model)}${rendered.path}` };
  };
  return { ...protocol, renderRequest };
}

/**
 * The call at the surface that the connection is for.
 * @throws GatewayError invalid_request when the version has no form that Azure knows
 */
export function addressSurface(call: ProviderCall, { base_url, settings }: Connection): ProviderCall {
  const version = settings['api_version'] ?? 'v1';
  if (!API_VERSION.test(version)) {
    throw new GatewayError('invalid_request', `${JSON.stringify(version)} is no API version of Azure.`, {
      param: 'api_version',
    });
  }
  const base = base_url.replace(/\/+$/, '');
  const path = call.url.slice(base.length);
  const below = path.replace(DEPLOYMENT, '');
  if (!DATED.test(version))
    return { ...call, url: `${base}${below}${version === 'v1' ? '' : `?api-version=${version}`}` };
  const query = `?api-version=${version}`;
  // A base URL that names its deployment, or Foundry's models, is complete.
  if (DEPLOYMENT.test(base) || /\/models$/.test(base)) return { ...call, url: `${base}${below}${query}` };
  const classic = base.replace(/\/v1$/, '');
  return { ...call, url: `${classic}${BESIDE.test(path) ? below : path}${query}` };
}

export const API_VERSION = /^(?:v1|preview|latest|\d{4}-\d{2}-\d{2}(?:-preview)?)$/;
