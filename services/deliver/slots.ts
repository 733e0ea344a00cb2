/** Posts that are under way at once in one execution environment, at most. */
export const mostSlots = 128;

/** Somebody who has posts to begin. */
export interface Source {
  /**
   * Begins one post, and sees to it that `release` is called when it has been answered, never before this returns.
   * @returns false where there is nothing to begin for now
   */
  begin(begun: number): boolean;
}

/**
 * How many posts are under way at once, over all the jobs of an environment, which take turns. API Gateway's quota is the
 * account's: 429 halves the number, each answer that is none adds a little, so that it grows by one with each
 * round of answers (AIMD, as TCP does it).
 */
export class Slots {
  readonly #most: number;
  readonly #waiting: Source[] = [];
  #turn = 0;
  #limit: number;
  #underWay = 0;
  #begun = 0;
  #shrunkAt = 0;

  constructor(most = mostSlots) {
    this.#most = most;
    this.#limit = most;
  }

  /** Posts that may be under way now. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** Asks the source for its posts, as slots become free, until it has none to begin; then it must offer itself again. */
  offer(source: Source): void {
    if (!this.#waiting.includes(source)) this.#waiting.push(source);
    this.#fill();
  }

  /**
   * Ends a post, and begins the next one at once.
   * @param begun its number, as `begin` was given it
   */
  release(begun: number, throttled: boolean): void {
    this.#underWay--;
    if (!throttled) this.#limit = Math.min(this.#most, this.#limit + 1 / this.#limit);
    // Those that were under way when the number was halved say nothing new.
    else if (begun > this.#shrunkAt) {
      this.#limit = Math.max(1, this.#limit / 2);
      this.#shrunkAt = this.#begun;
    }
    this.#fill();
  }

  #fill(): void {
    while (this.#underWay < this.limit && this.#waiting.length > 0) {
      this.#turn = (this.#turn + 1) % this.#waiting.length;
      if (this.#waiting[this.#turn]?.begin(this.#begun + 1)) {
        this.#underWay++;
        this.#begun++;
      } else {
        this.#waiting.splice(this.#turn, 1);
      }
    }
  }
}
