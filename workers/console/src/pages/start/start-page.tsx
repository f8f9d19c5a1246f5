import { createLazyRoute } from '@tanstack/react-router';
import { ButtonLink } from '../../ui/button.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { FirstSteps } from './first-steps.tsx';

export const lazyRoute = createLazyRoute('/start')({ component: StartPage });

function StartPage() {
  const { client } = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  return (
    <Page title="First steps" about="From nothing to a request that was answered, priced and explained.">
      <Section>
        <FirstSteps
          client={client}
          onClient={(next) => void navigate({ search: { client: next }, replace: true })}
          next={(id) => (
            <>
              <ButtonLink to="/requests/$id" params={{ id }}>
                See the request
              </ButtonLink>
              <ButtonLink to="/" look="primary">
                Overview
              </ButtonLink>
            </>
          )}
        />
      </Section>
    </Page>
  );
}
