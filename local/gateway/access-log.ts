import type { Stage } from './api.ts';

/** Takes one line of a stage's access log. */
export type AccessLog = (logGroupArn: string, line: string) => void;

/**
 * Writes a line as the stage's format says. `$context.a.b` stands for `context().a.b`, and `-` where there is
 * none. A stage without access log settings costs nothing.
 */
export function logAccess(log: AccessLog, stage: Stage, context: () => Record<string, unknown>): void {
  if (!stage.accessLog) return;
  const values = context();
  const line = stage.accessLog.format.replace(/\$context\.([\w-]+(?:\.[\w-]+)*)/g, (_, path: string) =>
    text(path.split('.').reduce(member, values)),
  );
  log(stage.accessLog.destinationArn, line);
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function text(value: unknown): string {
  if (value === undefined || value === null || value === '') return '-';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
