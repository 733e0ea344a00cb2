import { BlockList, isIP } from 'node:net';
import { InvalidPatternError } from './invalid-pattern.ts';

/** Compiles a CIDR block, IPv4 or IPv6, into a test of addresses. Throws InvalidPatternError. */
export function parseCidr(block: string): (address: string) => boolean {
  const [address, bits, ...rest] = block.split('/');
  if (address === undefined || bits === undefined || rest.length > 0) {
    throw new InvalidPatternError("Malformed CIDR, one '/' required");
  }
  if (!/^-?\d+$/.test(bits)) throw new InvalidPatternError('Malformed CIDR, mask bits must be an integer');
  if (bits.startsWith('-')) throw new InvalidPatternError('Malformed CIDR, mask bits must not be negative');
  const family = isIP(address);
  if (family === 0) throw new InvalidPatternError(`Nonstandard IP address: ${address}`);
  const width = family === 4 ? 32 : 128;
  if (Number(bits) > width) throw new InvalidPatternError(`IPv${family} mask bits must be < ${width + 1}`);
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return (candidate) => isIP(candidate) === family && list.check(candidate, family === 4 ? 'ipv4' : 'ipv6');
}
