import { useState } from 'react';
import { CodeBlock } from '../../ui/copy.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Select } from '../../ui/field.tsx';
import { Stack, Toolbar } from '../../ui/page.tsx';
import { Segments } from '../../ui/tabs.tsx';
import { buildRequest } from './build-request.ts';
import type { Lane } from './conversation.ts';
import { LANGUAGES, type Language, renderCode } from './render-code.ts';
import type { Settings } from './settings.ts';

interface ShareDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  lanes: readonly Lane[];
  settings: Settings;
  /** What is being written, where nothing was asked yet. */
  draft: string;
}

/** The last question of a conversation as code. */
export function ShareDialog({ open, onOpenChange, lanes, settings, draft }: ShareDialogProps) {
  const [language, setLanguage] = useState<Language>('curl');
  const [lane_id, setLane] = useState<string | null>(null);
  const lane = lanes.find(({ id }) => id === lane_id) ?? lanes[0];
  if (lane === undefined) return null;
  const asked = lane.turns.slice(0, lane.turns.findLastIndex(({ kind }) => kind !== 'answer') + 1);
  const turns =
    asked.length > 0
      ? asked
      : [{ kind: 'user' as const, round: 0, text: draft === '' ? 'Say hello' : draft, pictures: [] }];
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      size="wide"
      title="As code"
      about={
        <>
          Put a virtual key into <code>SLUICE_KEY</code>; none is in the code.
        </>
      }
    >
      <Stack>
        <Toolbar label="What is shown">
          <Segments
            label="Language"
            value={language}
            onChange={setLanguage}
            options={(Object.keys(LANGUAGES) as Language[]).map((one) => ({
              value: one,
              label: LANGUAGES[one],
            }))}
          />
          {lanes.length > 1 && (
            <Select
              aria-label="Model"
              value={lane.id}
              onChange={({ target }) => setLane(target.value)}
              options={lanes.map(({ id, model }, at) => ({ value: id, label: `${at + 1}: ${model}` }))}
            />
          )}
        </Toolbar>
        <CodeBlock
          label={`${LANGUAGES[language]} code`}
          code={renderCode(language, location.origin, buildRequest(lane.model, turns, settings))}
        />
      </Stack>
    </Dialog>
  );
}
