import { CodeBlock } from '../../ui/copy.tsx';
import { Section } from '../../ui/page.tsx';

/** How all of this is kept in a file instead. */
export function ConfigurationTab() {
  const { origin } = location;
  return (
    <Section
      title="Configuration as code"
      about="One YAML file says how this gateway is to be: settings, connections, routes, guards, budgets, webhooks. It can be reviewed and applied again and again; secrets are not in it, keys neither."
    >
      <CodeBlock
        label="commands of configuration as code"
        code={`export SLUICE_ADMIN_KEY=slu_admin_…
npm run config -- export sluice.yaml --url ${origin}
npm run config -- diff sluice.yaml --url ${origin}    # 0: the same, 2: not
npm run config -- apply sluice.yaml --url ${origin}   # shows the changes and asks`}
      />
    </Section>
  );
}
