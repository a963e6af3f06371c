import { describe, expect, it } from 'vitest';
import { isPhoneRegion, recognise, recognisedTypes } from '../../../src/runtime/pii/recognise.js';
import { recognisers } from '../../../src/runtime/pii/recognisers/index.js';
import type { PiiType } from '../../../src/runtime/pii/types.js';
import { confidence, everything, expectSpans } from './recognisers-support.js';

/** Texts as users send them; ⟦…⟧ is what must be found, everything else must not be. */
const texts: Partial<Record<PiiType, readonly string[]>> = {
  EMAIL_ADDRESS: [
    '⟦jane.doe@example.com⟧',
    'Write to ⟦jane.doe@example.com⟧.',
    'Write to <⟦jane.doe@example.com⟧>, or to (⟦j_d+news@mail.example.co.uk⟧)!',
    '{"email":"⟦jane@example.com⟧","cc":["⟦a-b@x.io⟧"]}',
    'id,name,mail\n7,Jane,⟦jane@example.com⟧\n8,Bob,⟦bob@example.org⟧',
    'GET /login?email=⟦jane@example.com⟧&x=1',
    'mailto:⟦jane@example.com⟧?subject=hi',
    "it's '⟦o'brien@example.ie⟧'",
    '"Jane" ⟦JANE@EXAMPLE.COM⟧',
    '⟦"jane doe"@example.com⟧',
    'the box ⟦root@[192.168.0.1]⟧',
    '我的邮箱⟦jane@example.com⟧，谢谢',
    'Почта: ⟦иван@пример.рф⟧',
    '⟦jörg@müller.de⟧ ist meine Adresse',
    'bounce ⟦owner+jane=example.com@lists.example.org⟧',
    'done: ⟦jane@example.com⟧.Please reply',
    'inside: ⟦jane@intranet.corp⟧',
    'jane@localhost',
    'jane@',
    '@jane and @example.com',
    'npm i lodash@4.17.21 @scope/pkg@1.0.0-beta.1',
    'git clone git@github.com:org/repo.git',
    'postgres://app:pw@db.example.com/x',
    'a@b',
    'jane..doe@-example.com',
  ],
  PHONE_NUMBER: [
    '⟦+1 415 555 2671⟧',
    'Call me at ⟦(415) 555-2671⟧ tonight.',
    'call ⟦415-555-2671⟧ or ⟦415.555.2672⟧',
    'Phone: ⟦4155552671⟧',
    'phone:\n⟦467 3395⟧',
    'My cell is ⟦4155552671⟧, thanks',
    'Reach us on ⟦+49 (0)30 901820⟧ or ⟦+44 20 7946 0958⟧',
    'tel ⟦+33 1 42 68 53 00⟧',
    '{"mobile":"⟦+919876543210⟧"}',
    'name;phone\nJane;⟦+34 912 345 678⟧\n',
    'fax ⟦030 901820⟧',
    'Ruf mich an: ⟦0151 23456789⟧',
    'Appelle-moi au ⟦06 12 34 56 78⟧',
    'мой телефон ⟦+7 495 123-45-67⟧',
    '我的手机是⟦+86 138 0013 8000⟧。',
    '⟦415-555-2671 ext. 12⟧ is my desk',
    '⟦566-509-6061x378⟧ office',
    'from abroad ⟦0049 30 901820⟧',
    'two: ⟦+1 212 456 7890⟧ ⟦+1 212 456 7891⟧',
    'WhatsApp ⟦＋１ ４１５ ５５５ ２６７１⟧',
    'order 4155552671 has shipped',
    'Order number: 415-555-2671',
    'invoice #4155552671',
    'between 2019-2020 and 2021-12-31',
    'on 31.12.2024 10:30 or 12/31/2024',
    'at 2024-01-05 12:30:45,123',
    'host 192.168.100.200 port 8080',
    'version 10.0.19041.1 and 1.2.3',
    'it costs $1,234,567.89 or 1 234 567,89 €',
    'population 331 900 000',
    'pi is 3.14159265358979',
    '550e8400-e29b-41d4-a716-446655440000',
    'ISBN 978-3-16-148410-0',
    'x = 1234567890',
    'timestamp 1712345678901',
    '4111 1111 1111 1111',
    '40.712776, -74.005974',
    'ticket ABC-4155552671',
    'flight 1234 gate 56',
    'sum 12 345 678 + 23 456 789',
    'the years 1990 1995 2000 2005',
  ],
  CREDIT_CARD: [
    '⟦4111111111111111⟧',
    '⟦4111 1111 1111 1111⟧',
    'card ⟦4111-1111-1111-1111⟧, exp 12/27, cvv 123',
    '⟦4111 1111 1111 1111⟧ 123',
    'amex ⟦3782 822463 10005⟧ and ⟦378282246310005⟧',
    'Mastercard ⟦5555555555554444⟧ ⟦2223003122003222⟧',
    'JCB ⟦3530111333300000⟧ Diners ⟦30569309025904⟧ Discover ⟦6011111111111117⟧',
    '{"card":"⟦4242424242424242⟧"}',
    '1,Jane,⟦4242424242424242⟧,12/27',
    '我的卡号⟦4242424242424242⟧。',
    'full width ⟦４２４２　４２４２　４２４２　４２４２⟧',
    'no-break ⟦4242\u00a04242\u00a04242\u00a04242⟧',
    'hidden ⟦4242\u200b42424242\u20604242⟧',
    'arabic ⟦٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢⟧',
    'my maestro card ⟦630489822779⟧',
    // Mistyped, but the text calls it a card.
    'my card number is ⟦4111 1111 1111 1112⟧',
    '4111111111111112',
    '94111111111111111111',
    '41111111111111110000000',
    'id-4111111111111111-7',
    'A4111111111111111B',
    '0.4111111111111111',
    '4111 1111-1111 1111',
    'order 630489822779',
    '1234567890123456',
    '2024-01-01 00:00:00',
  ],
  IBAN_CODE: [
    '⟦DE89370400440532013000⟧',
    'IBAN: ⟦DE89 3704 0044 0532 0130 00⟧',
    'iban ⟦gb82 west 1234 5698 7654 32⟧, please',
    'to ⟦NL91ABNA0417164300⟧.',
    'RIB ⟦FR14 2004 1010 0505 0001 3M02 606⟧',
    'RIB ⟦FR76 30006 00001 12345678901 89⟧',
    '{"iban":"⟦BE68539007547034⟧"}',
    'Jane;⟦CH9300762011623852957⟧;100.00',
    'wide ⟦ＤＥ８９　３７０４　００４４　０５３２　０１３０　００⟧',
    '⟦DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000⟧',
    'my iban is ⟦DE88370400440532013000⟧',
    'DE88370400440532013000',
    'DE893704004405320130001',
    'XDE89370400440532013000',
    'DE8937040044053201300',
    'XX89370400440532013000',
    'in 12 months at 5 percent',
  ],
  US_SSN: [
    '⟦219-09-9998⟧',
    'My SSN is ⟦219 09 9998⟧.',
    'social security number ⟦219099998⟧',
    'ssn=⟦219-09-9998⟧;',
    'SSN ⟦２１９－０９－９９９８⟧',
    'SSN ⟦219‑09‑9998⟧ with no-break hyphens',
    '219099998',
    'SSN 000-12-3456, 666-12-3456, 912-12-3456, 123-00-4567, 123-45-0000',
    '219-09 9998',
    '1219-09-9998 and 219-09-99981 and 219-09-9998-1',
    'part 100 22 3333 4',
  ],
  IP_ADDRESS: [
    '⟦192.168.0.1⟧',
    'ping ⟦8.8.8.8⟧, then ⟦1.1.1.1⟧.',
    'http://⟦10.20.30.40⟧:8080/x',
    'allow ⟦10.0.0.0⟧/8 and ⟦2001:db8::⟧/32',
    '⟦203.0.113.7⟧ - - [10/Oct/2024:13:55:36] "GET / HTTP/1.1" 200',
    'ip=⟦203.0.113.7⟧,',
    '⟦2001:0db8:85a3:0000:0000:8a2e:0370:7334⟧',
    'at ⟦2001:db8::1⟧.',
    '[⟦::1⟧]:443 and ⟦::ffff:192.0.2.128⟧',
    '⟦fe80::1ff:fe23:4567:890a⟧%eth0',
    '⟦1:2:3:4:5:6:7:8⟧',
    'addr: ⟦64:ff9b::192.0.2.33⟧',
    'IP是⟦192.168.0.1⟧。',
    'version 1.2.3.4 and v10.0.0.1',
    '1.2.3 and 1.2.3.4.5',
    '256.1.1.1 and 01.02.03.04',
    'see section 4.3.2.1',
    'pkg@1.2.3.4',
    'at 12:30:45 or 10:15',
    '00:1B:44:11:3A:B7 and 00:11:22:33:44:55:66:77',
    'std::vector a::b Face::add f64::max',
    '2001:db8:::1 and 1:2:3:4:5:6:7:8:9',
    '::',
  ],
  URL: [
    '⟦https://example.com⟧',
    'see ⟦https://example.com/a/b?x=1&y=2#z⟧.',
    '(⟦https://en.wikipedia.org/wiki/Rust_(language)⟧)',
    '[text](⟦https://example.com/x⟧)',
    '<a href="⟦http://example.com/⟧">',
    '⟦www.example.com⟧ or ⟦example.com/path⟧',
    '⟦ftp://files.example.com/x.zip⟧, ⟦http://localhost:3000/⟧',
    '访问⟦https://example.com/x⟧，谢谢',
    '⟦https://пример.рф/путь⟧',
    '⟦https://a.example⟧,⟦https://b.example⟧',
    'and/or src/main.py a://',
    'TCP/IP 1/2 either.or/',
    'http:// nothing',
  ],
  DOMAIN_NAME: [
    '⟦example.com⟧',
    'I bought ⟦example.com⟧ and ⟦sub.example.co.uk⟧.',
    'at ⟦EXAMPLE.ORG⟧!',
    'https://⟦example.com⟧/x',
    'die Seite ⟦münchen.de⟧',
    'сайт ⟦пример.рф⟧',
    '⟦xn--e1afmkfd.xn--p1ai⟧',
    '访问⟦example.com⟧吧',
    'the domain ⟦jane.me⟧',
    'see ⟦gob.com.py⟧',
    'main.py Node.js README.md index.html lib.rs run.sh archive.zip Makefile.am',
    'e.g. this, i.e. that, a.k.a. U.S.A., p.m.',
    'ASP.NET, Socket.io',
    'jane@example.com',
    'user.name = x; self.id; obj.info(); a.to(b)',
    'It works.Is it done.It is.So',
    'src/config.io /etc/app.com',
    'B.Com and M.Tech',
    'version 1.2.in',
    'example.invalidtld',
    '-example-.com-',
  ],
  CRYPTO_ADDRESS: [
    '⟦1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa⟧',
    'send to ⟦3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy⟧.',
    '⟦bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4⟧',
    '⟦BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4⟧',
    '⟦bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0⟧',
    '{"to":"⟦0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed⟧"}',
    '⟦0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed⟧',
    '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb',
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5',
    'bc1Qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
    '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD',
    '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed00',
    '0x0000000000000000000000000000000000000000',
  ],
  US_DRIVER_LICENSE: [
    "My driver's license number is ⟦D1234567⟧.",
    'DL# ⟦F255-9215-0094-0⟧',
    'driver license: ⟦12345678⟧',
    'Driver’s licence ⟦S123-456-78-901-0⟧ (FL)',
    "driver's license expires 2027-05-01",
    'D1234567',
    'license plate 7ABC123',
    'I lost my driving license on 12-05-2024',
  ],
  ZIP_CODE: [
    'ZIP ⟦94105⟧',
    'zip code: ⟦94105-1234⟧',
    'San Francisco, CA ⟦94105⟧',
    'Springfield, Illinois ⟦62704⟧',
    '{"zip":"⟦02139⟧"}',
    'postcode ⟦SW1A 1AA⟧',
    'PLZ ⟦10115⟧ Berlin',
    '94105',
    'room 94105',
    'IN 10000 cases OR 12345 others',
    'CA 941056',
  ],
};

describe.each(Object.entries(texts))('%s', (name, marked) => {
  const type = [...recognisedTypes].find((known) => known === name);
  it.each(marked)('%s', (text) => {
    if (type === undefined) throw new Error(`${name} has no recogniser`);
    expectSpans(type, text);
  });
});

describe('proof', () => {
  it('is complete where a checksum or an unambiguous form says so', () => {
    expect(confidence('CREDIT_CARD', 'card 4111 1111 1111 1111')).toBe(1);
    expect(confidence('IBAN_CODE', 'DE89370400440532013000')).toBe(1);
    expect(confidence('CRYPTO_ADDRESS', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed')).toBe(1);
    expect(confidence('EMAIL_ADDRESS', 'jane@example.com')).toBe(1);
    expect(confidence('IP_ADDRESS', '2001:db8::1')).toBe(1);
  });

  it('is weaker where only the form or a word near it speaks', () => {
    expect(confidence('CREDIT_CARD', '4111111111111111')).toBe(0.95);
    expect(confidence('CREDIT_CARD', 'card 4111111111111112')).toBeLessThan(0.7);
    expect(confidence('CRYPTO_ADDRESS', '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed')).toBe(0.9);
    expect(confidence('US_SSN', '219-09-9998')).toBe(0.85);
    expect(confidence('US_SSN', 'SSN: 219-09-9998')).toBe(0.99);
    expect(confidence('IP_ADDRESS', '1.2.3.4')).toBeLessThan(0.9);
  });
});

describe('telephone regions', () => {
  const national = 'the hotline, 022 123 4567, is free';
  it('decide which national forms count', () => {
    expect(recognise(national, { types: ['PHONE_NUMBER'], regions: ['US'] })).toEqual([]);
    expect(recognise(national, { types: ['PHONE_NUMBER'], regions: ['NZ'] })[0]?.detail).toBe('NZ');
  });
  it('are countries with a numbering plan', () => {
    expect(['US', 'NZ', 'ZZ', 'us', ''].map(isPhoneRegion)).toEqual([true, true, false, false, false]);
  });
  it('do not matter for a number with its country code', () => {
    expect(recognise('+64 22 123 4567', { types: ['PHONE_NUMBER'], regions: [] })[0]?.detail).toBe('NZ');
  });
});

describe('overlaps', () => {
  it('leave the e-mail address, not its domain', () => {
    expect(everything('jane@example.com')).toEqual(['EMAIL_ADDRESS jane@example.com']);
  });
  it('leave the URL, not its domain or address', () => {
    expect(everything('http://example.com/x http://10.20.30.40/y')).toEqual([
      'URL http://example.com/x',
      'URL http://10.20.30.40/y',
    ]);
  });
  it('leave the e-mail address inside a URL, which says more', () => {
    expect(everything('https://example.com/?mail=jane@example.com')).toEqual([
      'DOMAIN_NAME example.com',
      'EMAIL_ADDRESS jane@example.com',
    ]);
  });
  it('leave the IBAN, not a card or telephone number in its digits', () => {
    expect(everything('DE89 3704 0044 0532 0130 00')).toEqual(['IBAN_CODE DE89 3704 0044 0532 0130 00']);
  });
  it('find several things in one record', () => {
    expect(
      everything('Jane Doe <jane@example.com>, +1 415-555-2671, SSN 219-09-9998, San Francisco, CA 94105'),
    ).toEqual([
      'EMAIL_ADDRESS jane@example.com',
      'PHONE_NUMBER +1 415-555-2671',
      'US_SSN 219-09-9998',
      'ZIP_CODE 94105',
    ]);
  });
});

describe('recognise', () => {
  it('looks only for the types asked for', () => {
    const text = 'jane@example.com 192.168.0.1';
    expect(recognise(text, { types: ['IP_ADDRESS'] }).map(({ type }) => type)).toEqual(['IP_ADDRESS']);
    expect(recognise(text, { types: [] })).toEqual([]);
    expect(recognise(text, { types: ['PERSON'] })).toEqual([]);
  });
  it('names the recogniser and what exactly it is, and holds no copy of the text', () => {
    expect(recognise('DE89370400440532013000')).toEqual([
      { type: 'IBAN_CODE', start: 0, end: 22, confidence: 1, recogniser: 'iban', detail: 'DE' },
    ]);
  });
  it('finds nothing in ordinary prose and program text', () => {
    for (const text of [
      '',
      'Explain the theory of relativity in three sentences, as of 2024.',
      'for (let i = 0; i < 1000000; i += 1) { total += values[i].price * 1.19; }',
      'SELECT id, name FROM users WHERE created_at > "2024-01-01" LIMIT 100;',
      'Solve 3x^2 + 12x - 96 = 0 and round to 4 decimals: 4.8990 or 123456.789.',
      'In 1969, 600 million people (16.7%) watched; 3,600,000,000 did not.',
      'pip install torch==2.1.0 && python train.py --lr 0.001 --steps 100000',
      'commit 3f2504e04f8911d39a0c0305e82c3301a2b4c6d8 fixes #12345',
    ]) {
      expect(everything(text)).toEqual([]);
    }
  });
  it('gives every recogniser a name of its own', () => {
    expect(new Set(recognisers.map(({ name }) => name)).size).toBe(recognisers.length);
  });
});
