/** What a check came to: `manual` cannot be seen from here, `unknown` could not be read. */
export type Status = 'well' | 'warning' | 'problem' | 'manual' | 'unknown';

export interface Finding {
  area: 'Configuration' | 'Dead letters' | 'Alarms' | 'Quotas';
  check: string;
  status: Status;
  detail: string;
}

/** One thing to look at. What it throws is a finding too: one call that is refused must not end the others. */
export interface Check {
  area: Finding['area'];
  check: string;
  look: () => Promise<Pick<Finding, 'status' | 'detail'>>;
}

/** How a check ends. */
export const well = (detail: string) => ({ status: 'well', detail }) as const;
export const warning = (detail: string) => ({ status: 'warning', detail }) as const;
export const problem = (detail: string) => ({ status: 'problem', detail }) as const;
export const manual = (detail: string) => ({ status: 'manual', detail }) as const;

/** Carries out a check. */
export async function examine({ area, check, look }: Check): Promise<Finding> {
  try {
    return { area, check, ...(await look()) };
  } catch (error) {
    return { area, check, status: 'unknown', detail: whyUnknown(error) };
  }
}

/** The local cloud plays what Fanfare uses; what it does not, it refuses by one of these. */
const notPlayed = /^(UnknownOperation|UnknownOperationException|InvalidAction|ECONNREFUSED)$/;

function whyUnknown(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : error.name;
  return notPlayed.test(code) || notPlayed.test(error.name)
    ? 'not played here'
    : `${error.name}: ${error.message}`;
}
