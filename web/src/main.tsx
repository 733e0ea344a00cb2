import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { AuthProvider } from 'react-oidc-context';
import { App } from './App.tsx';
import { type Config, loadConfig } from './config.ts';
import { onNotificationOpened } from './notifications.ts';
import { cleanAddress, userManager } from './session.ts';
import { ErrorBoundary } from './shell/ErrorBoundary.tsx';
import { Notice } from './shell/Notice.tsx';

const element = document.getElementById('root');
if (!element) throw new Error('index.html has no #root');
const root = createRoot(element);

loadConfig().then(start, (error: Error) =>
  root.render(
    <Notice
      title="Fanfare is not ready"
      text={`${error.message} If this page was just deployed, wait a minute and try again.`}
      action={{ label: 'Try again', run: () => location.reload() }}
    />,
  ),
);

function start(config: Config): void {
  onNotificationOpened();
  const manager = userManager(config);
  root.render(
    <StrictMode>
      <AuthProvider userManager={manager} onSigninCallback={cleanAddress}>
        <ErrorBoundary>
          <App config={config} manager={manager} />
        </ErrorBoundary>
      </AuthProvider>
    </StrictMode>,
  );
}
