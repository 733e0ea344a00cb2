/**
 * How long CloudWatch's minutes last. Times are real ones, in milliseconds since the epoch; only periods shrink with the
 * time scale, so that an alarm of five minutes goes off after five seconds at a scale of 60.
 */
export class Clock {
  /** Real milliseconds of a minute. */
  readonly minuteMs: number;

  /** @param timeScale 1 is AWS's pace; 60 makes a minute of each second. */
  constructor(timeScale = 1) {
    // Shorter minutes than this would end before what happened in them is reported.
    this.minuteMs = Math.max(20, Math.round(60_000 / timeScale));
  }

  /** Real milliseconds of a period of so many seconds of CloudWatch's; a minute is the shortest. */
  width(periodSeconds: number): number {
    return Math.max(1, Math.ceil(periodSeconds / 60)) * this.minuteMs;
  }

  /** The beginning of the minute that `at` lies in. */
  minuteOf(at: number): number {
    return Math.floor(at / this.minuteMs) * this.minuteMs;
  }

  /** CloudWatch's seconds between two real times. */
  seconds(fromMs: number, toMs: number): number {
    return ((toMs - fromMs) / this.minuteMs) * 60;
  }
}
