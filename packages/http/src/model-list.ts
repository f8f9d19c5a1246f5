import {
  type CatalogueModel,
  GatewayError,
  type KeyPolicy,
  type OrganizationSettings,
} from '@sluice/contract';
import { covers } from '@sluice/core/routing/model-pattern';
import type { AppPorts, KeyedRead } from './app.ts';

/**
 * OpenAI's model list: the models that this key may use, as `provider/model` and, beside it, by the bare name.
 * @param id one model instead of the list; @throws GatewayError not_found
 */
export function listModels(ports: Pick<AppPorts, 'pipeline'>, id?: string): KeyedRead {
  return async ({ policy, settings }) => {
    const data = usableModels(ports, policy, settings);
    if (id === undefined) return { object: 'list', data };
    const found = data.find((model) => model.id === id);
    if (found === undefined)
      throw new GatewayError(
        'not_found',
        `The model "${id.slice(0, 200)}" does not exist or this key may not use it.`,
        {
          param: 'model',
        },
      );
    return found;
  };
}

interface ListedModel {
  id: string;
  object: 'model';
  created: number;
  owned_by: string;
  context_window: number | null;
  max_output_tokens: number | null;
}

function usableModels(
  ports: Pick<AppPorts, 'pipeline'>,
  policy: KeyPolicy,
  settings: OrganizationSettings,
): ListedModel[] {
  const { catalogue, findProvider } = ports.pipeline;
  const listed = new Map<string, ListedModel>();
  listed.set('auto', render('auto', 'sluice', null));
  for (const alias of Object.keys(settings.aliases)) listed.set(alias, render(alias, 'sluice', null));
  for (const connection of settings.connections) {
    const provider = findProvider(connection.provider);
    if (!connection.enabled || provider === null) continue;
    if (policy.provider_allowlist.length > 0 && !policy.provider_allowlist.includes(provider.id)) continue;
    const names = connection.models ?? catalogue.list(provider.id).map(({ model }) => model);
    for (const name of names) {
      const target = { provider, model: name };
      if (
        policy.model_allowlist.length > 0 &&
        !policy.model_allowlist.some((pattern) => covers(pattern, target))
      )
        continue;
      const model = catalogue.find(provider.id, name);
      if (!listed.has(name)) listed.set(name, render(name, provider.id, model));
      const full = `${provider.id}/${name}`;
      if (!listed.has(full)) listed.set(full, render(full, provider.id, model));
    }
  }
  return [...listed.values()];
}

const render = (id: string, owned_by: string, model: CatalogueModel | null): ListedModel => ({
  id,
  object: 'model',
  created: 0,
  owned_by,
  context_window: model?.abilities.context_tokens ?? null,
  max_output_tokens: model?.abilities.output_tokens_max ?? null,
});
