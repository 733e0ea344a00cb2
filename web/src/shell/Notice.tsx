import { Button } from '../kit/Button.tsx';
import { Logo } from '../kit/Logo.tsx';

interface NoticeProps {
  title: string;
  text: string;
  action?: { label: string; run: () => void };
}

/** A screen with one thing to say, and at most one to do. */
export function Notice({ title, text, action }: NoticeProps) {
  return (
    <main className="notice">
      <Logo />
      <h1>{title}</h1>
      <p>{text}</p>
      {action && (
        <Button variant="primary" onClick={action.run}>
          {action.label}
        </Button>
      )}
    </main>
  );
}
