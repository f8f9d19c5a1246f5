import '@fontsource-variable/inter/index.css';
import './tokens.css';
import './base.css';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { Tooltip } from '@base-ui/react/tooltip';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Refusal } from './api/answer.ts';
import { setOnSignedOut } from './api/gateway.ts';
import { forgetSession } from './api/session.ts';
import { router } from './app/router.tsx';
import { SessionGate } from './app/session-gate.tsx';
import { Toasts } from './ui/toast.tsx';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // What was refused will be refused again; what did not come may come.
      retry: (count, error) =>
        count < 2 && !(error instanceof Refusal && error.status >= 400 && error.status < 500),
    },
  },
});
setOnSignedOut(() => forgetSession(queries));

const root = document.getElementById('root');
if (root === null) throw new Error('no #root in the page');
createRoot(root).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queries}>
        <Tooltip.Provider>
          <Toasts>
            <SessionGate>
              <RouterProvider router={router} />
            </SessionGate>
          </Toasts>
        </Tooltip.Provider>
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
