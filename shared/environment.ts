import * as z from 'zod';

/**
 * The process's environment variables, by schema. Called at import, so that a function deployed without one of them
 * fails at its first start, by that variable's name.
 */
export function readEnvironment<Shape extends z.ZodRawShape>(shape: Shape): z.infer<z.ZodObject<Shape>> {
  const result = z.object(shape).safeParse(process.env);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`Environment variables are missing or wrong. ${problems.join('; ')}`);
}
