import { z } from 'zod';
import { ApiError } from './api-error.ts';
import { InvalidPatternError } from './invalid-pattern.ts';
import { isJsonObject } from './matcher.ts';
import { compilePattern } from './pattern.ts';

export const testEventPatternRequest = z.object({ EventPattern: z.string(), Event: z.string() });

/** The operation TestEventPattern: whether a pattern would match an event. Throws ApiError. */
export function testEventPattern(request: z.output<typeof testEventPatternRequest>): { Result: boolean } {
  const event = parseEvent(request.Event);
  const lacking = required.find((field) => !isJsonObject(event) || !(field in event));
  if (lacking) throw invalidEvent(`${lacking} is a required argument.`);
  try {
    return { Result: compilePattern(request.EventPattern)(event) };
  } catch (error) {
    if (error instanceof InvalidPatternError)
      throw new ApiError('InvalidEventPatternException', error.message);
    throw error;
  }
}

/** "All fields … are mandatory" (TestEventPattern in the API reference). */
const required = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'];

function parseEvent(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidEvent(error instanceof Error ? error.message : String(error));
  }
}

function invalidEvent(reason: string): ApiError {
  return new ApiError('ValidationException', `Parameter Event is not valid. Reason: ${reason}`);
}
