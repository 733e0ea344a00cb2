import { ApiError } from '#local/eventbridge/api-error.ts';

/** Whether a line's JSON has what the pattern asks for. */
export type LineFilter = (line: string) => boolean;

const equality = /^\{\s*\$\.([A-Za-z_]\w*)\s*=\s*("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?)\s*\}$/;

/**
 * A filter pattern of CloudWatch Logs. Played is what an operator's commands use: none, and one JSON property that
 * equals a string or number, as `{ $.room = "general" }`.
 * @throws ApiError InvalidParameterException
 */
export function compileFilterPattern(pattern = ''): LineFilter {
  if (pattern.trim() === '') return () => true;
  const [, name, literal] = equality.exec(pattern.trim()) ?? [];
  if (name === undefined || literal === undefined) {
    throw new ApiError(
      'InvalidParameterException',
      `The local cloud plays filter patterns of the form { $.name = "value" }, which ${pattern} is not.`,
    );
  }
  const value: unknown = JSON.parse(literal);
  // Most lines are of another room: parsing those that cannot match would be most of the work.
  const text = JSON.stringify(value);
  return (line) => line.includes(text) && property(line, name) === value;
}

function property(line: string, name: string): unknown {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === 'object' && record !== null
      ? Object.entries(record).find(([key]) => key === name)?.[1]
      : undefined;
  } catch {
    // A line that is no JSON has no properties; a pattern on one passes it over, as on AWS.
    return undefined;
  }
}
