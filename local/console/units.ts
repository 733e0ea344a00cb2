/**
 * The unit of a series, which CloudWatch knows and a dashboard's JSON does not say: by the axis' label where that is
 * one, else by how AWS and we name metrics.
 */
export function unitOf(metricName: string, stat: string, texts: (string | undefined)[]): string {
  if (stat === 'SampleCount') return '';
  if (metricName === 'ApproximateAgeOfOldestMessage') return 's';
  if (/(Latency|Duration|Lag|Dwell|IteratorAge)$/.test(metricName)) return 'ms';
  if (/(Bytes|Size)$/.test(metricName)) return 'B';
  for (const text of texts) {
    const found = text === undefined ? undefined : named.find(([pattern]) => pattern.test(text));
    if (found) return found[1];
  }
  return '';
}

const named: [RegExp, string][] = [
  [/^ms$|\bms\b|millisecond/i, 'ms'],
  [/^(s|seconds)$/i, 's'],
  [/%|per ?cent/i, '%'],
  [/\$|\bdollars?\b|\bUSD\b/i, '$'],
  [/\bbytes?\b/i, 'B'],
];
