import type { Key } from '@sluice/client';
import { useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { useMay } from '../../api/may.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Empty, Shown } from '../../ui/state.tsx';
import { LANES_MAX } from './conversation.ts';
import { Playground, type Start } from './playground.tsx';
import { useUsableKeys } from './playground-queries.ts';
import { readReplay } from './replay.ts';
import { NO_SETTINGS } from './settings.ts';
import { parseFragment } from './share.ts';

export const lazyRoute = createLazyRoute('/playground')({ component: PlaygroundPage });

const ABOUT = 'Ask any model, or up to four beside each other. Every question is a real request of the key.';

function PlaygroundPage() {
  const may = useMay();
  if (!may('POST /admin/v1/keys/:id/tokens') || !may('GET /admin/v1/keys'))
    return (
      <Framed>
        <Empty title="This takes another role">
          To ask models from here one has to be a developer, an admin or an owner: it spends a key’s money.
        </Empty>
      </Framed>
    );
  return <WithKeys />;
}

const Framed = ({ children }: { children: React.ReactNode }) => (
  <Page title="Playground" about={ABOUT}>
    <Section>{children}</Section>
  </Page>
);

function WithKeys() {
  const { replay } = lazyRoute.useSearch();
  const keys = useUsableKeys();
  const replayed = useQuery({
    queryKey: ['traces', 'replay', replay],
    queryFn: () => readReplay(replay ?? ''),
    enabled: replay !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (keys.data === undefined) return <Framed>{<Shown query={keys}>{() => null}</Shown>}</Framed>;
  if (keys.data.length === 0) return <NoKeys />;
  if (replay !== undefined && replayed.data === undefined)
    return <Framed>{<Shown query={replayed}>{() => null}</Shown>}</Framed>;
  return <Started key={replay} keys={keys.data} replayed={replayed.data} />;
}

function NoKeys() {
  return (
    <Framed>
      <Empty title="No key to ask with" action={<ButtonLink to="/keys">Keys</ButtonLink>}>
        Questions are asked by a virtual key, within its limits. Create one first.
      </Empty>
    </Framed>
  );
}

function Started({
  keys,
  replayed,
}: {
  keys: readonly Key[];
  replayed: Awaited<ReturnType<typeof readReplay>> | undefined;
}) {
  const search = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const shared = parseFragment(location.hash);
  const named = search.model?.split(',') ?? [];
  const start: Start =
    replayed !== undefined
      ? { models: [replayed.model], settings: replayed.settings, prompt: '', turns: replayed.turns }
      : {
          models: (shared !== null && shared.models.length > 0 ? shared.models : named).slice(0, LANES_MAX),
          settings: shared?.settings ?? NO_SETTINGS,
          prompt: shared?.prompt ?? '',
          turns: [],
        };
  const wanted = search.key ?? replayed?.key_id;
  const key = keys.find(({ id }) => id === wanted) ?? keys[0];
  return (
    <Playground
      about={ABOUT}
      keys={keys}
      key_id={key?.id ?? null}
      start={start}
      onChange={(patch, fragment) =>
        void navigate({
          search: (before: typeof search) => ({ ...before, ...patch }),
          hash: fragment ?? location.hash.replace(/^#/, ''),
          replace: true,
          resetScroll: false,
          hashScrollIntoView: false,
        })
      }
    />
  );
}
