import { expect, it } from 'vitest';
import { writtenTables } from './dynamodb-writes.ts';

const tablesOf = (target: string, call: unknown) => writtenTables(target, Buffer.from(JSON.stringify(call)));

it('finds the tables of each kind of write', () => {
  expect(tablesOf('PutItem', { TableName: 'a', Item: { TableName: { S: 'b' } } })).toEqual(['a']);
  expect(tablesOf('UpdateItem', { TableName: 'arn:aws:dynamodb:us-east-1:000000000000:table/a' })).toEqual([
    'a',
  ]);
  expect(tablesOf('DeleteItem', { TableName: 'a' })).toEqual(['a']);
  expect(tablesOf('BatchWriteItem', { RequestItems: { a: [], b: [] } })).toEqual(['a', 'b']);
});

it('names each table of a transaction once, and none that it only checks', () => {
  const TransactItems = [
    { ConditionCheck: { TableName: 'checked' } },
    { Put: { TableName: 'a' } },
    { Delete: { TableName: 'b' } },
    { Update: { TableName: 'a' } },
  ];
  expect(tablesOf('TransactWriteItems', { TransactItems })).toEqual(['a', 'b']);
});

it('takes reads for no write', () => {
  for (const target of ['GetItem', 'Query', 'Scan', 'BatchGetItem', 'TransactGetItems', 'DescribeTable']) {
    expect(tablesOf(target, { TableName: 'a', RequestItems: { a: {} } })).toEqual([]);
  }
});
