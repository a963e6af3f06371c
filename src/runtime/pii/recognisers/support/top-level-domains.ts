/**
 * Top-level domains that people's addresses are under: IANA's root zone, every country and the generic ones in
 * wide use. The long tail of brand domains is left out: it would mostly find file names and identifiers.
 *
 * @module
 */

const generic =
  'com net org edu gov mil int info biz name pro coop aero museum jobs mobi travel tel cat asia post arpa app dev ' +
  'page blog shop store online site website web tech cloud digital agency studio design media news live tv email ' +
  'network systems solutions services support software technology company consulting group team work works world ' +
  'today life health care clinic dental doctor fitness money finance bank insurance capital fund tax legal law ' +
  'lawyer attorney academy school university college education training courses science engineering energy solar ' +
  'house homes estate properties rent apartments hotel hotels restaurant cafe bar pub pizza beer wine coffee food ' +
  'kitchen recipes club community social chat forum dating family kids baby pet dog cat horse fun games game play ' +
  'video movie film photo photos photography pictures gallery art music band audio radio show theater tickets ' +
  'events party wedding gift gifts fashion clothing shoes jewelry boutique luxury sale deals discount promo market ' +
  'marketing business ventures partners associates enterprises industries international global foundation charity ' +
  'church faith gives hospital rehab surgery vet pharmacy garden green eco bio organic farm land space center city ' +
  'town place zone top xyz icu vip win bid trade review reviews guide how wiki link click download stream host ' +
  'hosting domains tools codes run build builders construction contractors plumbing repair cleaning auto car cars ' +
  'bike taxi limo flights cruises tours vacations voyage ski surf golf football soccer yoga tennis ink lol ' +
  'rocks ninja guru expert cool best one plus red blue black pink buzz moe wtf fyi zip mov london paris berlin ' +
  'hamburg koeln cologne wien tokyo nyc boston miami vegas quebec scot wales irish bayern nrw ruhr amsterdam ' +
  'brussels vlaanderen swiss africa capetown istanbul moscow sydney melbourne eus gal bzh cymru corsica';

const countries =
  'ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc ' +
  'cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga ' +
  'gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ' +
  'ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms ' +
  'mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro ' +
  'rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt ' +
  'tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw';

const international =
  'рф бел укр срб мкд бг қаз мон ею ελ ευ հայ გე 中国 中國 香港 台湾 台灣 澳門 新加坡 한국 भारत ভারত বাংলা భారత్ ' +
  'இந்தியா இலங்கை ලංකා ไทย ລາວ ישראל مصر السعودية امارات ایران الاردن المغرب الجزائر تونس سوريا فلسطين قطر عمان ' +
  'عراق پاکستان بھارت مليسيا موريتانيا سودان اليمن البحرين дети онлайн сайт москва рус орг ком 公司 网络 网址 ' +
  '在线 中文网 集团 商标 商城 商店 公益 政务 机构 组织机构 我爱你 游戏 娱乐 信息 手机 网店 网站 みんな 닷컴 닷넷 コム';

const all = new Set(`${generic} ${countries} ${international}`.split(' '));

/**
 * Also endings of file names, members of objects in program text, or words after a full stop without a space.
 * They need more evidence than `name.ending`.
 */
const ambiguous = new Set(
  (
    'ad am app as audio auto best bid bio black blue build by cat cc center chat click codes company cool country ' +
    'date design digital dm do download email events family film food fun game games gallery garden global group ' +
    'health help home host how id im in info ink is it jobs la life link live lol market md me media mm money mov ' +
    'movie ms my na name network news ninja no one page partners party pet photo photos pictures pink place play ' +
    'plus pm post pro ps py radio re red review reviews rs run sale school sh show si so social space st store ' +
    'stream studio support system systems tax team tel tf tickets tm to today tools top trade training travel us ' +
    'vc video vip wiki win work works world zip zone'
  ).split(' '),
);

/** Whether `label`, in any case, is a top-level domain; encoded international ones count without a list. */
export function isTopLevelDomain(label: string): boolean {
  const lower = label.toLowerCase();
  return all.has(lower) || /^xn--[a-z\d-]{2,59}$/.test(lower);
}

/** Whether a top-level domain is more often something else after a word and a dot. */
export function isAmbiguousEnding(label: string): boolean {
  return ambiguous.has(label.toLowerCase());
}
