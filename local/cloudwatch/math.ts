import { callMathFunction } from './math-functions.ts';
import { type Expression, MetricMathError, type Operator } from './math-parser.ts';
import { isSeries, mapSeries, type Series, type Value } from './series.ts';

/** What an expression may refer to. */
export interface MathScope {
  /** What the query of this id came to. @throws MetricMathError where there is none */
  lookup(id: string): Value;
  /** Every metric of the request, without the expressions. */
  metrics(): Series[];
  /** The metrics that a search expression finds. @throws MetricMathError */
  search(expression: string, stat: string, periodSeconds: number | undefined): Series[];
  /** The beginnings of all periods of the request. */
  times(periodSeconds: number): number[];
  /** CloudWatch's seconds between two times. */
  seconds(fromMs: number, toMs: number): number;
}

/** Works an expression out. @throws MetricMathError */
export function evaluate(expression: Expression, scope: MathScope): Value {
  switch (expression.type) {
    case 'number':
    case 'text':
      return expression.value;
    case 'id':
      return scope.lookup(expression.name);
    case 'negate':
      return combine('-', 0, evaluate(expression.operand, scope));
    case 'binary':
      return combine(
        expression.operator,
        evaluate(expression.left, scope),
        evaluate(expression.right, scope),
      );
    case 'list':
      return expression.items.flatMap((item) => {
        const value = evaluate(item, scope);
        if (typeof value === 'object') return value;
        throw new MetricMathError('A list holds metrics only');
      });
    case 'call':
      return callMathFunction(
        expression.name,
        expression.args.map((arg) => evaluate(arg, scope)),
        scope,
      );
  }
}

const operations: Record<Operator, (left: number, right: number) => number> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '^': (left, right) => left ** right,
  '==': (left, right) => Number(left === right),
  '!=': (left, right) => Number(left !== right),
  '<': (left, right) => Number(left < right),
  '<=': (left, right) => Number(left <= right),
  '>': (left, right) => Number(left > right),
  '>=': (left, right) => Number(left >= right),
  '&&': (left, right) => Number(left !== 0 && right !== 0),
  '||': (left, right) => Number(left !== 0 || right !== 0),
};

/** Two series are combined where both have a value; several are each combined with the one on the other side. */
function combine(operator: Operator, left: Value, right: Value): Value {
  const operation = operations[operator];
  if (typeof left === 'string' || typeof right === 'string')
    throw new MetricMathError(`${operator} takes no text`);
  if (typeof left === 'number' && typeof right === 'number') return operation(left, right);
  if (Array.isArray(left) && Array.isArray(right)) {
    if (left.length !== right.length)
      throw new MetricMathError(`${operator} needs as many metrics on both sides`);
    return left.flatMap((one, index) => {
      const other = right[index];
      return other ? [pair(operation, one, other)] : [];
    });
  }
  if (Array.isArray(left)) return left.map((one) => pair(operation, one, right));
  if (Array.isArray(right)) return right.map((one) => pair(operation, left, one));
  return pair(operation, left, right);
}

function pair(
  operation: (left: number, right: number) => number,
  left: number | Series | Series[],
  right: number | Series | Series[],
): Series {
  if (isSeries(left)) {
    if (typeof right === 'number') return mapSeries(left, (value) => operation(value, right));
    if (isSeries(right)) {
      return mapSeries(left, (value, at) => {
        const other = right.points.get(at);
        return other === undefined ? undefined : operation(value, other);
      });
    }
  }
  if (typeof left === 'number' && isSeries(right)) return mapSeries(right, (value) => operation(left, value));
  throw new MetricMathError('Lists of metrics can be combined with a number or a metric only');
}
