import type { LookupAddress, LookupOptions } from 'node:dns';
import { createRequire } from 'node:module';
import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAddressRules, type AddressRules, type Resolve } from '../../src/send/address-rules.js';
import { faultOfEndpoint } from '../../src/configure/endpoint-rule.js';
import { parseIpAddress } from '../../src/send/ip-address.js';
import { createOwnAddresses } from '../../src/send/own-addresses.js';
import { ManualClock } from '../support/manual-clock.js';

const strict = createAddressRules([]);

/** A table of one column, which formatters leave alone. */
function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

describe('isForbiddenAddress', () => {
  it.each(
    words(`
    0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.0 127.255.255.255 168.63.129.16
    169.254.0.0 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.255 192.0.2.1 192.31.196.1 192.52.193.1
    192.88.99.1 192.168.0.0 192.168.255.255 192.175.48.1 198.18.0.0 198.19.255.255 198.51.100.1 203.0.113.255 224.0.0.0
    239.255.255.255 240.0.0.0 255.255.255.255 :: ::1 ::7f00:1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:8.8.8.8
    64:ff9b::8.8.8.8 100::1 1fff:ffff:: 2001::1 2001:1ff:ffff:: 2001:db8::1 2002:7f00:1:: 2620:4f:8000::1 3fff::1
    3fff:fff:ffff:: 4000:: fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 2606:4700::1111%eth0 fe80::1%1 localhost
    0x7f.0.0.1 2130706433 127.1 8.8.8 [2606:4700::1] 8.8.8.8/32
  `).concat('', '8.8.8.8 ', ' 8.8.8.8'),
  )('forbids %j', (address) => {
    expect(strict.isForbiddenAddress(address)).toBe(true);
  });

  it.each(
    words(`
    1.0.0.0 1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.15
    168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0
    192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 203.0.112.255 203.0.114.0 223.255.255.255 2000::1 2001:200::
    2001:4860:4860::8888 2001:db7:ffff:: 2001:db9:: 2003::1 2606:4700::1111 2620:4f:7fff:: 2620:4f:8001::
    2A00:1450:4001::1 3ffe::1 3fff:1000::
  `),
  )('lets %j pass', (address) => {
    expect(strict.isForbiddenAddress(address)).toBe(false);
  });

  it.each([
    ['127.0.0.0/8', '127.0.0.1'],
    ['127.0.0.0/8', '::ffff:127.0.0.1'],
    ['10.1.2.0/24', '10.1.2.255'],
    ['::1/128', '::1'],
    ['fd00::/8', 'fd12::1'],
    ['0.0.0.0/0', '192.168.0.1'],
    ['::/0', 'fe80::1'],
  ])('lets the range %s open %s', (range, address) => {
    expect(createAddressRules([range]).isForbiddenAddress(address)).toBe(false);
  });

  it.each([
    ['127.0.0.1/32', '127.0.0.2'],
    ['10.1.2.0/24', '10.1.3.0'],
    ['10.1.2.0/24', '::ffff:10.1.3.0'],
    ['::ffff:0:0/96', '127.0.0.1'],
    ['::ffff:0:0/96', '::ffff:127.0.0.1'],
    ['0.0.0.0/0', '::1'],
    ['::/0', '127.0.0.1'],
    ['::/0', '::ffff:127.0.0.1'],
    ['::/0', 'fe80::1%eth0'],
  ])('does not let the range %s open %s', (range, address) => {
    expect(createAddressRules([range]).isForbiddenAddress(address)).toBe(true);
  });

  it.each(
    words(`
    169.254.169.254 169.254.170.2 168.63.129.16 100.100.100.200 192.0.0.192 fd00:ec2::254 fd00:ec2::23 fe80::a9fe:a9fe
    169.254.170.23 169.254.42.42 169.254.0.23 fd20:ce::254 fd00:42::42
    FD00:0EC2:0:0:0:0:0:254 ::ffff:169.254.169.254 ::ffff:a9fe:a9fe ::169.254.169.254 64:ff9b::a9fe:a9fe
    ::ffff:0:169.254.169.254 64:ff9b:1::a9fe:a9fe 64:ff9b:1:a9fe:a9:fe00:: 2002:a9fe:a9fe::1 2002:a83f:8110:1:2:3:4:5
    2001:0:1:2:3:4:5601:5601 2606:4700::5efe:a9fe:a9fe 2606:4700::100.100.100.200
  `),
  )('never opens the metadata address %s', (address) => {
    const open = createAddressRules(['0.0.0.0/0', '::/0', '169.254.169.254/32', 'fd00:ec2::254/128']);

    expect(open.isForbiddenAddress(address)).toBe(true);
    expect(open.isForbiddenAddress('169.254.169.253')).toBe(false);
  });

  it.each(words('2002:a9fe:a9fd::1 2001:0:1:2:3:4:5601:5602 64:ff9b::a9fe:a9fd 64:ff9b:1:a9fe:a9:fd00:: fd00:ec2::253 fd00:42::43'))(
    'opens %s beside them, where the operator says so',
    (address) => {
      expect(createAddressRules(['::/0']).isForbiddenAddress(address)).toBe(false);
      expect(strict.isForbiddenAddress(address)).toBe(true);
    },
  );

  it('forbids every IPv4 address in the spelling of mapped IPv6', () => {
    fc.assert(fc.property(fc.ipV4(), (address) => strict.isForbiddenAddress(`::ffff:${address}`)));
  });

  it('judges an IPv6 address alike in each of its spellings', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);

        expect(strict.isForbiddenAddress(address)).toBe(strict.isForbiddenAddress(canonical));
      }),
    );
  });

  it.each(['127.0.0.1', '127.0.0.0/33', '::/129', 'localhost/8', '10.0.0.0/8/8', '10.0.0.0/', '10.0.0.0/-1', ''])(
    'refuses %j as a range',
    (range) => {
      expect(() => createAddressRules([range])).toThrow(RangeError);
    },
  );
});

describe('an address of this machine', () => {
  const machine = { isOwnAddress: createOwnAddresses(new ManualClock(), () => ['127.0.0.1', '93.184.216.34', '2a00:1450:4001::1']) };
  const rules = createAddressRules([], machine);

  it.each(['93.184.216.34', '::ffff:93.184.216.34', '2a00:1450:4001::1', '2a00:1450:4001:0::1'])(
    'is forbidden although it is public: %s',
    (address) => {
      expect(rules.isForbiddenAddress(address)).toBe(true);
      expect(strict.isForbiddenAddress('93.184.216.34')).toBe(false);
    },
  );

  it.each(['93.184.216.35', '2a00:1450:4001::2'])('forbids no other: %s', (address) => {
    expect(rules.isForbiddenAddress(address)).toBe(false);
  });

  it('is open where the operator opens it', () => {
    const open = createAddressRules(['93.184.216.34/32'], machine);

    expect(open.isForbiddenAddress('93.184.216.34')).toBe(false);
    expect(open.isForbiddenAddress('2a00:1450:4001::1')).toBe(true);
  });

  it('is refused in a URL, as it is saved', () => {
    expect(rules.findRefusal(new URL('https://93.184.216.34/hook'))).toBe('ADDRESS');
    expect(rules.findRefusal(new URL('https://[2a00:1450:4001::1]/hook'))).toBe('ADDRESS');
    expect(faultOfEndpoint('https://93.184.216.34/hook', rules)).toContain('a public address: this one is not allowed');
  });

  it('is known ten seconds after it was given at the latest, and forgotten when it is gone', () => {
    const clock = new ManualClock();
    let addresses = ['93.184.216.34'];
    let readCount = 0;
    const list = () => {
      readCount += 1;
      return addresses;
    };
    const changing = createAddressRules([], { isOwnAddress: createOwnAddresses(clock, list) });
    expect(changing.isForbiddenAddress('93.184.216.34')).toBe(true);

    addresses = ['93.184.216.35'];
    clock.advance(9999);
    expect(changing.isForbiddenAddress('93.184.216.35')).toBe(false);
    expect(readCount).toBe(1);
    clock.advance(1);

    expect(changing.isForbiddenAddress('93.184.216.35')).toBe(true);
    expect(changing.isForbiddenAddress('93.184.216.34')).toBe(false);
    expect(readCount).toBe(2);
  });

  it('stays known while the system names none', () => {
    const clock = new ManualClock();
    const answers: (() => string[])[] = [
      () => ['93.184.216.34'],
      () => {
        throw new Error('no interfaces today');
      },
    ];
    const shaky = createAddressRules([], { isOwnAddress: createOwnAddresses(clock, () => answers.shift()!()) });
    expect(shaky.isForbiddenAddress('93.184.216.34')).toBe(true);

    clock.advance(10_000);

    expect(shaky.isForbiddenAddress('93.184.216.34')).toBe(true);
    expect(answers).toHaveLength(0);
  });

  it('is one that the system names, unless a test says otherwise', () => {
    const isOwn = createOwnAddresses(new ManualClock());
    const addresses = Object.values(networkInterfaces()).flatMap((some) => some ?? []);

    expect(addresses.length).toBeGreaterThan(0);
    for (const { address } of addresses) expect(isOwn(parseIpAddress(address)!)).toBe(true);
    expect(isOwn(parseIpAddress('93.184.216.34')!)).toBe(false);
  });
});

describe('findRefusal', () => {
  it.each(
    words(`
    http://127.0.0.1 http://127.1 http://0x7f.1 http://2130706433 http://017700000001 http://127.0.0.1. http://0
    http://①②⑦.⓪.⓪.① http://127。0。0。1 http://%31%32%37.0.0.1 http://[::1] http://[::] http://[::127.0.0.1]
    http://[::ffff:127.0.0.1] http://[::ffff:7f00:1] http://[0:0:0:0:0:ffff:7f00:0001] http://[fe80::1] http://10.1
    http://169.254.169.254 http://0xa9fea9fe http://[::ffff:a9fe:a9fe] http://[64:ff9b::7f00:1] http://[2002:7f00:1::]
    http://0177.1 http://0X7F.0.0.1 http://127.0.1 http://00000000177.0.0.1 http://①②⑦。０。０。１ http://１２７.0.0.1
    http://127.0.0.1\u00ad http://1\u200b27.0.0.1 http://127%2e0%2e0%2e1 http://%30x7f.1 http://127.0.0.1:8080 http:\\\\127.0.0.1
    http:127.0.0.1 https:////127.0.0.1 HTTP://[::FFFF:127.0.0.1] http://[::ffff:0:7f00:1] http://[64:ff9b:1::7f00:1]
    http://localhost http://LOCALHOST. http://x.localhost https://api.localhost.:8443 http://ⓛocalhost
  `).map((url) => JSON.parse(`"${url}"`) as string),
  )('refuses the address in %j', (url) => {
    expect(strict.findRefusal(new URL(url))).toBe('ADDRESS');
  });

  it.each([
    'http://example.com',
    'http://8.8.8.8',
    'http://134744072',
    'http://[2606:4700::1111]',
    'http://notlocalhost',
    'http://localhost.example.com',
    'http://127.0.0.1.nip.io',
    'http://256.0.0.1.example',
    'https://127-0-0-1.example:65535',
  ])('lets %s pass, public or yet to be looked up', (url) => {
    expect(strict.findRefusal(new URL(url))).toBeUndefined();
  });

  it.each(['127.0.0.0/8', '::1/128'])('lets this machine by its name pass where %s is open', (range) => {
    expect(createAddressRules([range]).findRefusal(new URL('http://localhost:3000'))).toBeUndefined();
  });

  it('knows the ports that browsers know for those of other protocols, and no others', () => {
    const { badPorts } = createRequire(import.meta.url)('undici/lib/web/fetch/constants.js') as { badPorts: readonly string[] };
    const ports = Array.from({ length: 65_536 }, (_, port) => String(port));

    const refused = ports.filter((port) => strict.findRefusal({ protocol: 'https:', hostname: 'example.com', port }) === 'PORT');

    expect(refused).toEqual(['0', ...badPorts.filter((port) => port !== '0')]);
    expect(strict.findRefusal({ protocol: 'https:', hostname: 'example.com', port: '' })).toBeUndefined();
  });

  it.each(['ftp://example.com', 'ws://example.com', 'wss://example.com', 'file:///etc/passwd', 'unix:/tmp/s', 'data:,x'])(
    'refuses the scheme of %s',
    (url) => {
      expect(strict.findRefusal(new URL(url))).toBe('SCHEME');
    },
  );

  it('refuses http where https alone is allowed, and nothing of https', () => {
    const secure = createAddressRules([], { isHttpsOnly: true });

    expect(secure.findRefusal(new URL('http://example.com'))).toBe('SCHEME');
    expect(secure.findRefusal(new URL('http://example.com:443'))).toBe('SCHEME');
    expect(secure.findRefusal(new URL('https://example.com:8443'))).toBeUndefined();
  });
});

describe('lookup', () => {
  const good = { address: '93.184.216.34', family: 4 };
  const goodSix = { address: '2606:2800:220:1::1', family: 6 };
  const bad = { address: '10.0.0.1', family: 4 };

  it('gives all answers to who asks for all', async () => {
    const answer = await look(rulesWith([good, goodSix]), { all: true });

    expect(answer).toEqual([null, [good, goodSix]]);
  });

  it('gives the first answer to who asks for one', async () => {
    const answer = await look(rulesWith([good, goodSix]), { all: false });

    expect(answer).toEqual([null, good.address, 4]);
  });

  it.each([
    ['the only', [bad]],
    ['the first', [bad, good]],
    ['the last', [goodSix, good, bad]],
  ])('refuses when %s answer is forbidden', async (_title, addresses) => {
    const [all] = await look(rulesWith(addresses), { all: true });
    const [one] = await look(rulesWith(addresses), { all: false });

    expect(all).toMatchObject({ code: 'ENOTFOUND' });
    expect(one).toMatchObject({ code: 'ENOTFOUND' });
  });

  it('judges each time anew, since a name may turn from public to private', async () => {
    const answers = [[good], [bad]];
    const rules = createAddressRules([], { resolve: (_hostname, _options, callback) => callback(null, answers.shift()!) });

    expect(await look(rules, { all: true })).toEqual([null, [good]]);
    expect((await look(rules, { all: true }))[0]).toMatchObject({ code: 'ENOTFOUND' });
  });

  it('tells the same of a name that leads to a forbidden address, of one without an address, and of one that does not exist', async () => {
    const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND example.com'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' });
    const inside = ['10.0.0.1', '127.0.0.1', '::1', '169.254.169.254'].map((address) => rulesWith([{ address, family: 4 }]));
    const none = [rulesWith([]), rulesWith([good, bad]), failing(unknown)];

    const answers = await Promise.all([...inside, ...none].map((rules) => look(rules, { all: true })));

    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(new Set(answers.map(([error]) => JSON.stringify(error))).size).toBe(1);
  });

  it('passes on what else the name server says when there is no answer', async () => {
    const error = Object.assign(new Error('ask again'), { code: 'EAI_AGAIN' });

    expect((await look(failing(error), { all: true }))[0]).toBe(error);
  });

  function failing(error: NodeJS.ErrnoException): AddressRules {
    return createAddressRules([], { resolve: (_hostname, _options, callback) => callback(error, []) });
  }

  function rulesWith(addresses: LookupAddress[]): AddressRules {
    const resolve: Resolve = (_hostname, _options, callback) => callback(null, addresses);
    return createAddressRules([], { resolve });
  }

  function look(rules: AddressRules, options: LookupOptions): Promise<unknown[]> {
    return new Promise((resolve) => rules.lookup('example.com', options, (...answer: unknown[]) => resolve(answer)));
  }
});
