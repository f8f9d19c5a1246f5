import type { Key } from '@sluice/client';
import { Code, Eraser, Link as LinkIcon, Plus, Share2, SlidersHorizontal, X } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Select } from '../../ui/field.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Page, Toolbar } from '../../ui/page.tsx';
import { toast, toastError } from '../../ui/toast.tsx';
import { useMedia } from '../../ui/use-media.ts';
import { Composer } from './composer.tsx';
import { LANES_MAX, type Lane, nextId, type Picture, type Turn } from './conversation.ts';
import { LaneView } from './lane-view.tsx';
import styles from './playground.module.css';
import { useModelNames } from './playground-queries.ts';
import { countSet, findProblems, NO_SETTINGS, type Settings } from './settings.ts';
import { SettingsForm } from './settings-form.tsx';
import { renderFragment } from './share.ts';
import { ShareDialog } from './share-dialog.tsx';
import { createTokens } from './tokens.ts';
import { useLanes } from './use-lanes.ts';

/** What it begins with: a link, a kept request, or nothing. */
export interface Start {
  models: readonly string[];
  settings: Settings;
  prompt: string;
  turns: readonly Turn[];
}

interface PlaygroundProps {
  about: string;
  keys: readonly Key[];
  key_id: string | null;
  start: Start;
  /** @param fragment of the address; absent = as it is. */
  onChange: (patch: { model?: string | undefined; key?: string | undefined }, fragment?: string) => void;
}

const lanesOf = ({ models, turns }: Pick<Start, 'models' | 'turns'>): Lane[] =>
  (models.length === 0 ? ['auto'] : models).map((model) => ({ id: nextId(), model, turns }));

const IDEAS = [
  'Say hello in five languages',
  'Why is the sky blue? Two sentences.',
  'Write a haiku about a water lock',
];

export function Playground({ about, keys, key_id, start, onChange }: PlaygroundProps) {
  const [tokens] = useState(createTokens);
  const [settings, setSettings] = useState(start.settings);
  const [first] = useState(() => lanesOf(start));
  const [text, setText] = useState(start.prompt);
  const [pictures, setPictures] = useState<readonly Picture[]>([]);
  const [is_sharing, setSharing] = useState(false);
  const [wants_models, setWantsModels] = useState(false);
  const is_wide = useMedia('(min-width: 1100px)');
  const [is_open, setOpen] = useState(is_wide);
  const lanes = useLanes(first, { key_id, settings, tokens });
  const models = useModelNames(key_id, tokens, wants_models);
  const problems = findProblems(settings);
  const problem = Object.keys(problems)[0];
  const asked = lanes.lanes[0]?.turns.find(({ kind }) => kind === 'user');
  const is_empty = asked === undefined;

  /** Models and settings stand in the address, what is written does not: it comes with a link that is asked for. */
  const tell = (next: Settings) => {
    const shown = lanes.lanes.map(({ model }) => model);
    onChange(
      { model: shown.join() === 'auto' ? undefined : shown.join() },
      countSet(next) === 0 ? '' : renderFragment({ models: shown, settings: next, prompt: '' }),
    );
  };
  const send = (question: string, images: readonly Picture[]) => {
    lanes.send(question.trim(), images);
    setText('');
    setPictures([]);
    tell(settings);
  };
  const clear = () => {
    const before = lanes.replace(lanes.lanes.map((lane) => ({ ...lane, turns: [] })));
    toast('Conversation cleared', { action: { label: 'Undo', onSelect: () => lanes.replace(before) } });
  };
  const copyLink = async () => {
    const prompt = asked?.kind === 'user' ? asked.text : text;
    const shown = lanes.lanes.map(({ model }) => model);
    const link = new URL('/playground', location.origin);
    link.hash = renderFragment({ models: shown, settings, prompt });
    try {
      await navigator.clipboard.writeText(link.href);
      toast('Link copied', { description: 'Models, settings and the first question; no key and no image.' });
    } catch (error) {
      toastError(error);
    }
  };
  const form = (
    <SettingsForm
      settings={settings}
      problems={problems}
      onChange={(patch) => setSettings({ ...settings, ...patch })}
    />
  );
  const set = countSet(settings);
  return (
    <Page
      fill
      title="Playground"
      about={about}
      actions={
        <>
          {!is_empty && (
            <Button icon={<Eraser aria-hidden="true" />} onClick={clear}>
              Clear
            </Button>
          )}
          <Menu
            trigger={<Button icon={<Share2 aria-hidden="true" />}>Share</Button>}
            items={[
              { label: 'Copy a link', icon: <LinkIcon />, onSelect: () => void copyLink() },
              {
                label: 'Show the code',
                icon: <Code />,
                disabled: problem !== undefined,
                onSelect: () => setSharing(true),
              },
            ]}
          />
        </>
      }
    >
      <Toolbar label="How to ask">
        <Select
          aria-label="Key"
          value={key_id ?? ''}
          onChange={({ target }) => onChange({ key: target.value })}
          options={keys.map(({ id, name, environment }) => ({
            value: id,
            label: `${name} · ${environment}`,
          }))}
        />
        <Button
          icon={<SlidersHorizontal aria-hidden="true" />}
          aria-expanded={is_open}
          onClick={() => setOpen(!is_open)}
        >
          {set === 0 ? 'Settings' : `Settings · ${set}`}
        </Button>
        <Button
          icon={<Plus aria-hidden="true" />}
          disabled={lanes.lanes.length >= LANES_MAX}
          onClick={lanes.add}
        >
          Add a model
        </Button>
      </Toolbar>
      <div className={styles['room']}>
        <div className={styles['talk']}>
          <div className={styles['lanes']} data-count={lanes.lanes.length}>
            {lanes.lanes.map((lane, at) => (
              <LaneView
                key={lane.id}
                lane={lane}
                number={at + 1}
                lanes={lanes}
                settings={settings}
                models={models.data ?? []}
                models_status={
                  models.error !== null
                    ? models.error.message
                    : models.data === undefined
                      ? 'Looking up what this key may use …'
                      : undefined
                }
                onModels={() => setWantsModels(true)}
                onModel={(model) => lanes.setModel(lane.id, model)}
                disabled={key_id === null || problem !== undefined}
              />
            ))}
          </div>
          {is_empty && text === '' && (
            <ul className={styles['ideas']} aria-label="Ideas">
              {IDEAS.map((idea) => (
                <li key={idea}>
                  <Button size="small" onClick={() => send(idea, [])}>
                    {idea}
                  </Button>
                </li>
              ))}
            </ul>
          )}
          {problem !== undefined && (
            <p className={styles['problem']} role="alert">
              The settings cannot be sent as they are: {problems[problem as keyof Settings]}
            </p>
          )}
          <Composer
            text={text}
            onText={setText}
            pictures={pictures}
            onPictures={setPictures}
            is_running={lanes.is_running}
            disabled={
              key_id === null || problem !== undefined || lanes.lanes.some(({ model }) => model.trim() === '')
            }
            onSend={() => send(text, pictures)}
            onStop={lanes.stop}
          />
        </div>
        {is_wide && is_open && (
          <aside className={styles['settings']} aria-label="Settings">
            <header>
              <h2>Settings</h2>
              {set > 0 && (
                <Button size="small" look="quiet" onClick={() => setSettings(NO_SETTINGS)}>
                  Reset
                </Button>
              )}
              <IconButton
                size="small"
                label="Hide settings"
                icon={<X aria-hidden="true" />}
                onClick={() => setOpen(false)}
              />
            </header>
            {form}
          </aside>
        )}
      </div>
      {!is_wide && (
        <Dialog shape="side" open={is_open} onOpenChange={setOpen} title="Settings">
          {form}
        </Dialog>
      )}
      <ShareDialog
        open={is_sharing}
        onOpenChange={setSharing}
        lanes={lanes.lanes}
        settings={settings}
        draft={text}
      />
    </Page>
  );
}
