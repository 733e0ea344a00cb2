import { once } from 'node:events';
import { createServer, type RequestOptions, request } from 'node:https';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificate } from '#test/support/certificate.ts';
import {
  AddressRefused,
  isPublicAddress,
  namesAddressThatIsNotPublic,
  publicAgent,
} from './public-address.ts';

describe('isPublicAddress', () => {
  it.each([
    ['unspecified', '0.0.0.0', '0.255.1.2', '::'],
    ['loopback', '127.0.0.1', '127.255.255.254', '::1'],
    ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ['link-local', '169.254.169.254', '169.254.0.1', 'fe80::1', 'fe80::1%eth0', 'febf::1'],
    ['carrier-grade NAT', '100.64.0.1', '100.127.255.255'],
    ['multicast, broadcast', '224.0.0.1', '239.1.1.1', '255.255.255.255', 'ff02::1'],
    ['reserved, for documents, for benchmarks', '192.0.0.1', '192.0.2.1', '198.18.0.1', '240.0.0.1'],
    ['unique local', 'fc00::1', 'fd00:ec2::254'],
    ['site-local, reserved in IPv6', 'fec0::1', '2001:db8::1', '3fff::1', '5f00::1', '100::1', '4000::1'],
    ['IPv4-mapped', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:a9fe:a9fe'],
    ['IPv4-compatible', '::127.0.0.1', '::a9fe:a9fe'],
    ['NAT64', '64:ff9b::169.254.169.254', '64:ff9b::808:808', '64:ff9b:1::a00:1'],
    ['translated', '::ffff:0:169.254.169.254'],
    ['6to4, Teredo', '2002:a9fe:a9fe::1', '2002:808:808::1', '2001:0:4136:e378::1'],
    ['no address', 'localhost', '', '0x7f.1', '2130706433', '8.8.8.8.', '8.8.8', '08.8.8.8'],
  ])('refuses what is %s', (_, ...addresses) => {
    for (const address of addresses) expect([address, isPublicAddress(address)]).toEqual([address, false]);
  });

  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '52.94.236.248',
    '172.15.0.1',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
  ])('takes %s', (address) => expect(isPublicAddress(address)).toBe(true));

  it('refuses each address of the blocks that IANA keeps from the internet, alone or inside IPv6', () => {
    const blocks = [
      '0/8',
      '10/8',
      '100.64/10',
      '127/8',
      '169.254/16',
      '172.16/12',
      '192.168/16',
      '198.18/15',
      '224/3',
    ];
    const inBlock = fc.tuple(fc.constantFrom(...blocks), fc.nat(2 ** 32 - 1)).map(([block, random]) => {
      const [prefix = '', bits] = block.split('/');
      const base = prefix.split('.').reduce((sum, byte, i) => sum + Number(byte) * 2 ** (24 - 8 * i), 0);
      return dotted(base + (random % 2 ** (32 - Number(bits))));
    });
    const embedded = fc.constantFrom(
      '',
      '::',
      '::ffff:',
      '::ffff:0:',
      '64:ff9b::',
      '64:ff9b:1::',
      'fe80::',
      'fd00::',
    );
    fc.assert(fc.property(inBlock, embedded, (ipv4, prefix) => !isPublicAddress(prefix + ipv4)));
  });

  it('takes no IPv6 address outside of 2000::/3', () => {
    const groups = fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, (numbers) => {
        const address = numbers.map((number) => number.toString(16)).join(':');
        return !isPublicAddress(address) || (numbers[0] ?? 0) >> 13 === 1;
      }),
    );
  });
});

describe('namesAddressThatIsNotPublic', () => {
  const hosts = [
    '127.0.0.1',
    '2130706433',
    '017700000001',
    '0x7f000001',
    '127.1',
    '0x7f.1',
    '①②⑦.0.0.1',
    '[::1]',
  ];
  it.each([...hosts, '[::ffff:10.0.0.1]', '169.254.169.254', '10.0.0.1', '0', '127.0.0.1.'])(
    '%s does',
    (host) => expect(namesAddressThatIsNotPublic(`https://${host}/hook`)).toBe(true),
  );
  it.each(['8.8.8.8', '[2606:4700::1111]', 'example.org', 'localhost', '127.0.0.1.nip.io'])(
    '%s does not',
    (host) => expect(namesAddressThatIsNotPublic(`https://${host}/hook`)).toBe(false),
  );
});

describe('publicAgent', () => {
  const sockets: Socket[] = [];
  let listener: Server;
  let port = 0;

  beforeAll(async () => {
    // Dual stack, so that it would see IPv4 and IPv6 alike.
    listener = createTcpServer((socket) => sockets.push(socket.on('error', () => {}).end()));
    port = await listening(listener, '::');
  });
  afterAll(() => listener.close());

  const spellings = [
    '127.0.0.1',
    '2130706433',
    '017700000001',
    '0x7f000001',
    '127.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
  ];
  it.each([...spellings, 'localhost', '0.0.0.0', '[::]'])('connects to no %s', async (host) => {
    await expect(get(`https://${host}:${port}/`)).rejects.toThrow(AddressRefused);
    // As a host that no URL parser has seen yet.
    await expect(get({ host, port })).rejects.toThrow(/no address that is public|ENOTFOUND|EAI_AGAIN/);
    expect(sockets).toEqual([]);
  });

  it('connects to what is allowed by its address, and by a name that resolves to it', async () => {
    const server = createServer(certificate, (_, response) => response.end('hello'));
    const served = await listening(server, '127.0.0.9');
    const trust = { ca: certificate.cert, servername: 'localhost' };
    const there = { host: '127.0.0.9', port: served, ...trust };
    await expect(get({ ...there, agent: publicAgent(['127.0.0.9']) })).resolves.toBe(200);
    await expect(get({ ...there, agent: publicAgent(['127.0.0.1']) })).rejects.toThrow(AddressRefused);
    server.close();

    const named = createServer(certificate, (_, response) => response.end('hello'));
    const agent = publicAgent(['127.0.0.1']);
    const namedPort = await listening(named, '127.0.0.1');
    await expect(get({ host: 'localhost', port: namedPort, ca: certificate.cert, agent })).resolves.toBe(200);
    named.close();
  });

  it('does not trust a certificate for the address being right', async () => {
    const server = createServer(certificate, (_, response) => response.end('hello'));
    const agent = publicAgent(['127.0.0.1']);
    const at = { host: 'localhost', port: await listening(server, '127.0.0.1'), agent };
    await expect(get(at)).rejects.toThrow(/self-signed/);
    server.close();
  });
});

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

async function listening(server: Server, host: string): Promise<number> {
  await once(server.listen(0, host), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It listens on no port');
  return address.port;
}

/** The status of the answer. */
function get(to: string | RequestOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const agent = publicAgent();
    const sent = typeof to === 'string' ? request(to, { agent }) : request({ agent, ...to });
    sent.on('error', reject).on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.end();
  });
}
