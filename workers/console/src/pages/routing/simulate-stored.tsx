import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useModelNames } from '../../api/use-model-names.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Field } from '../../ui/field.tsx';
import { SuggestInput } from '../../ui/suggest-input.tsx';
import { organizationQuery, type SimulationRouting } from './routing-queries.ts';
import { TrySimulation } from './simulation.tsx';

interface SimulateStoredProps {
  /** What requests name it by, as `chain/careful`. */
  model_name: string;
  /** @throws Error that says what is missing. */
  read: () => SimulationRouting;
}

/** What is being written, tried on the requests that name it, or that named a model in whose place it would stand. */
export function SimulateStored({ model_name, read }: SimulateStoredProps) {
  const [asked, setAsked] = useState('');
  const names = useModelNames();
  const organization = useQuery(organizationQuery);
  const withAlias = (): SimulationRouting => {
    const model = asked.trim();
    const aliases = organization.data?.organization.aliases ?? {};
    return model === '' ? read() : { ...read(), aliases: { ...aliases, [model]: model_name } };
  };
  return (
    <Disclosure title="Simulate before saving">
      <Field
        label="In place of"
        aside="optional"
        hint={`Requests that asked for this model are taken to ask for ${model_name}, too.`}
      >
        <SuggestInput
          options={names}
          value={asked}
          onKeyDown={(event) => {
            if (event.key === 'Enter') event.preventDefault();
          }}
          onChange={({ target }) => setAsked(target.value)}
        />
      </Field>
      <TrySimulation read={withAlias} />
    </Disclosure>
  );
}
