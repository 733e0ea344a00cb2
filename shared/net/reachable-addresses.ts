import * as z from 'zod';

/** The variable REACHABLE_ADDRESSES of functions that call URLs which people gave: addresses with commas between. Mostly none. */
export const reachableAddresses = z
  .string()
  .transform((list) => list.split(',').filter((address) => address !== ''));
