/** What a metric math expression says. */
export type Expression =
  | { type: 'number'; value: number }
  | { type: 'text'; value: string }
  | { type: 'id'; name: string }
  | { type: 'list'; items: Expression[] }
  | { type: 'call'; name: string; args: Expression[] }
  | { type: 'negate'; operand: Expression }
  | { type: 'binary'; operator: Operator; left: Expression; right: Expression };

export type Operator = '+' | '-' | '*' | '/' | '^' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '&&' | '||';

/** An expression that is wrong, or asks for what is not played here. */
export class MetricMathError extends Error {
  override readonly name = 'MetricMathError';
}

/** From the loosest to the tightest; `^` and the minus sign bind tighter than all of them. */
const levels: Operator[][] = [['||'], ['&&'], ['==', '!=', '<', '<=', '>', '>='], ['+', '-'], ['*', '/']];

const tokenPattern =
  /\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z_]\w*)|"([^"]*)"|'([^']*)'|(==|!=|<=|>=|&&|\|\||[-+*/^<>(),[\]]))/y;

type Token = { type: 'number' | 'name' | 'text' | 'symbol'; text: string };

/** Reads a metric math expression ("Using metric math", CloudWatch's user guide). @throws MetricMathError */
export function parseExpression(source: string): Expression {
  return new Parser(source).parse();
}

class Parser {
  readonly #source: string;
  readonly #tokens: Token[];
  #position = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokenize(source);
  }

  parse(): Expression {
    const expression = this.#binary(0);
    const rest = this.#tokens[this.#position];
    if (rest) throw this.#error(`${rest.text} is not expected`);
    return expression;
  }

  #binary(level: number): Expression {
    const operators = levels[level];
    if (!operators) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = operators.find((candidate) => this.#take(candidate));
      if (!operator) return left;
      left = { type: 'binary', operator, left, right: this.#binary(level + 1) };
    }
  }

  #unary(): Expression {
    if (this.#take('-')) return { type: 'negate', operand: this.#unary() };
    const base = this.#primary();
    return this.#take('^') ? { type: 'binary', operator: '^', left: base, right: this.#unary() } : base;
  }

  #primary(): Expression {
    if (this.#take('(')) {
      const inner = this.#binary(0);
      this.#expect(')');
      return inner;
    }
    if (this.#take('[')) return { type: 'list', items: this.#listUntil(']') };
    const token = this.#tokens[this.#position++];
    if (!token || token.type === 'symbol')
      throw this.#error(`a value is missing${token ? ` before ${token.text}` : ''}`);
    if (token.type === 'number') return { type: 'number', value: Number(token.text) };
    if (token.type === 'text') return { type: 'text', value: token.text };
    if (this.#take('(')) return { type: 'call', name: token.text.toUpperCase(), args: this.#listUntil(')') };
    return { type: 'id', name: token.text };
  }

  #listUntil(end: string): Expression[] {
    const items: Expression[] = [];
    if (this.#take(end)) return items;
    do items.push(this.#binary(0));
    while (this.#take(','));
    this.#expect(end);
    return items;
  }

  #take(symbol: string): boolean {
    const token = this.#tokens[this.#position];
    if (token?.type !== 'symbol' || token.text !== symbol) return false;
    this.#position += 1;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw this.#error(`${symbol} is missing`);
  }

  #error(what: string): MetricMathError {
    return new MetricMathError(`The expression ${this.#source} cannot be read: ${what}`);
  }
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const end = source.trimEnd().length;
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < end) {
    const at = tokenPattern.lastIndex;
    const match = tokenPattern.exec(source);
    if (!match)
      throw new MetricMathError(
        `The expression ${source} cannot be read from "${source.slice(at).trim()}" on`,
      );
    const [, number, name, double, single, symbol] = match;
    const text = double ?? single;
    if (number !== undefined) tokens.push({ type: 'number', text: number });
    else if (text !== undefined) tokens.push({ type: 'text', text });
    else if (symbol !== undefined) tokens.push({ type: 'symbol', text: symbol });
    else if (name !== undefined) tokens.push(nameOrWord(name));
  }
  return tokens;
}

function nameOrWord(name: string): Token {
  const word = { AND: '&&', OR: '||' }[name.toUpperCase()];
  return word ? { type: 'symbol', text: word } : { type: 'name', text: name };
}
