// The pictures of the demo catalogue, as text, because a bundle and a package then hold them without a step of the build.

/** Returns a square picture on a coloured ground, with a shadow at y = 330 below what stands there. */
const picture = (ground: string, light: string, drawing: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400">
<path fill="${ground}" d="M0 0h400v400H0z"/>
<circle cx="200" cy="185" r="150" fill="${light}"/>
<ellipse cx="200" cy="332" rx="104" ry="13" fill="#2b211c" opacity=".18"/>
${drawing.trim()}
</svg>
`;

interface Colours {
  readonly front: string;
  readonly side: string;
  readonly label: string;
  readonly mark: string;
}

/** A paper bag with a folded top; `emblem` is drawn on its label, around (200, 222). */
const bag = ({ front, side, label }: Colours, emblem: string): string => `
<path fill="${front}" d="M124 108h152l12 214q-88 16-176 0z"/>
<path fill="${side}" d="M276 108l12 214q-14 3-29 5l-9-219z"/>
<path fill="${side}" d="M120 78h160v34H120z"/>
<path fill="${front}" d="M120 78h160v12H120z"/>
<rect x="146" y="162" width="104" height="120" rx="8" fill="${label}"/>
${emblem.trim()}
<path d="M166 264h64" stroke="${side}" stroke-width="6" stroke-linecap="round"/>`;

/** A round tin with a lid; `emblem` is drawn on its label, around (200, 218). */
const tin = ({ front, side, label, mark }: Colours, emblem: string): string => `
<path fill="${front}" d="M122 136v182q0 14 78 14t78-14V136z"/>
<path fill="${side}" d="M248 136v193q30-4 30-11V136z"/>
<path fill="${label}" d="M122 166q78 16 156 0v106q-78 16-156 0z"/>
<path fill="${mark}" d="M116 112v24q0 16 84 16t84-16v-24z"/>
<ellipse cx="200" cy="112" rx="84" ry="16" fill="${side}"/>
<ellipse cx="200" cy="108" rx="30" ry="6" fill="${mark}"/>
${emblem.trim()}`;

const bean = (colour: string, crease: string, at: string): string =>
  `<g transform="${at}"><ellipse rx="20" ry="29" fill="${colour}"/><path d="M-2-27q10 14 2 27t2 27" fill="none" stroke="${crease}" stroke-width="4" stroke-linecap="round"/></g>`;

const leaf = (colour: string, vein: string, at: string): string =>
  `<g transform="${at}"><path fill="${colour}" d="M0 42q-34-40 0-84 34 44 0 84z"/><path d="M0 52V-26" stroke="${vein}" stroke-width="3" stroke-linecap="round"/></g>`;

const house = { front: '#8a5a3c', side: '#6d452d', label: '#f6ead9', mark: '#6d452d' };
const guji = { front: '#d9694a', side: '#b64f33', label: '#fff1e0', mark: '#b64f33' };
const decaf = { front: '#5c7f92', side: '#456675', label: '#eef4f6', mark: '#456675' };
const assam = { front: '#9c3b34', side: '#7c2b26', label: '#f7e6cf', mark: '#c9993f' };
const sencha = { front: '#3f7a55', side: '#2f5f41', label: '#eef3df', mark: '#c9b458' };

/** The pictures by their file names: the SKU in lower case. */
export const DEMO_PICTURES = {
  'cof-house-250.svg': picture(
    '#ecdcc8',
    '#f5eadc',
    bag(
      house,
      `${bean('#6d452d', '#f6ead9', 'translate(180 216) rotate(-24)')}${bean('#8a5a3c', '#f6ead9', 'translate(220 220) rotate(28)')}`,
    ),
  ),
  'cof-guji-250.svg': picture(
    '#f7d9c4',
    '#fdebdd',
    bag(
      guji,
      `<circle cx="198" cy="216" r="34" fill="#f2a65a"/><path fill="#d9694a" d="M198 182a34 34 0 0 1 0 68 54 54 0 0 0 0-68z"/>${leaf('#6f9b5b', '#4f7a3f', 'translate(216 178) rotate(58) scale(.42)')}`,
    ),
  ),
  'cof-decaf-250.svg': picture(
    '#d5e2e8',
    '#e9f1f4',
    bag(
      decaf,
      `<path fill="#5c7f92" d="M198 172q32 38 32 58a32 32 0 0 1-64 0q0-20 32-58z"/><path d="M184 232a16 16 0 0 0 12 14" fill="none" stroke="#eef4f6" stroke-width="5" stroke-linecap="round"/>`,
    ),
  ),
  'tea-assam-100.svg': picture(
    '#f0d6cb',
    '#f8e8e0',
    tin(
      assam,
      `<circle cx="200" cy="224" r="38" fill="#9c3b34"/><path fill="#f7e6cf" d="M174 212h52v8q0 26-26 26t-26-26z"/><path d="M226 216q14 0 12 10t-16 10" fill="none" stroke="#f7e6cf" stroke-width="5"/><path d="M190 204q-4-8 2-14m16 14q-4-8 2-14" fill="none" stroke="#f7e6cf" stroke-width="4" stroke-linecap="round"/>`,
    ),
  ),
  'tea-sencha-100.svg': picture(
    '#d8e5cd',
    '#ebf2e3',
    tin(
      sencha,
      `${leaf('#5c9a5f', '#2f5f41', 'translate(184 226) rotate(-32) scale(.9)')}${leaf('#3f7a55', '#eef3df', 'translate(218 226) rotate(30) scale(.9)')}`,
    ),
  ),
  'eqp-grinder.svg': picture(
    '#dcdfe3',
    '#eef0f2',
    `
<path d="M200 92h92" stroke="#4a525a" stroke-width="10" stroke-linecap="round"/>
<circle cx="296" cy="80" r="19" fill="#8a5a3c"/>
<path fill="#4a525a" d="M192 84h16v34h-16z"/>
<path fill="#6a737c" d="M152 116h96l-8 28h-80z"/>
<rect x="156" y="144" width="88" height="104" rx="6" fill="#aab3bb"/>
<path fill="#8d979f" d="M222 144h16q6 0 6 6v92q0 6-6 6h-16z"/>
<path fill="#4a525a" d="M150 204h100v16H150z"/>
<rect x="160" y="248" width="80" height="82" rx="10" fill="#6d452d"/>
<path fill="#57361f" d="M222 248h8q10 0 10 10v62q0 10-10 10h-8z"/>
<path d="M172 164v28" stroke="#eef0f2" stroke-width="7" stroke-linecap="round"/>`,
  ),
  'eqp-dripper.svg': picture(
    '#e7e0ee',
    '#f4f0f8',
    `
<path fill="#c8a27c" d="M136 92h128l-34 92h-60z"/>
<path fill="#dab892" d="M136 92h128l-6 16H142z"/>
<path fill="#fff" d="M116 110h168l-48 92h-72z"/>
<path fill="#dcd5e4" d="M256 110h28l-48 92h-22z"/>
<path fill="#fff" d="M142 202h116v14H142z"/>
<path d="M282 122q32-4 30 22t-46 22" fill="none" stroke="#fff" stroke-width="13" stroke-linecap="round"/>
<path fill="#cfe3ea" opacity=".85" d="M154 216h92v84q0 30-30 30h-32q-30 0-30-30z"/>
<path fill="#6d452d" d="M154 268q46 14 92 0v32q0 30-30 30h-32q-30 0-30-30z"/>
<path d="M200 218v44" stroke="#6d452d" stroke-width="5" stroke-linecap="round" stroke-dasharray="10 9"/>`,
  ),
  'eqp-kettle.svg': picture(
    '#cfe0df',
    '#e5f0ef',
    `
<path d="M150 250q-52 4-58-50t-26-64" fill="none" stroke="#34424a" stroke-width="15" stroke-linecap="round"/>
<path d="M258 176q64-8 62 56t-44 62" fill="none" stroke="#34424a" stroke-width="17" stroke-linecap="round"/>
<path fill="#34424a" d="M150 160h112l26 158q0 12-82 12t-82-12z"/>
<path fill="#283339" d="M240 160h22l26 158q0 9-36 11z"/>
<path fill="#283339" d="M146 148h120v18H146z"/>
<path fill="#34424a" d="M166 134h80l12 14H154z"/>
<circle cx="206" cy="124" r="13" fill="#8a5a3c"/>
<circle cx="206" cy="240" r="27" fill="#f5f2ea"/>
<path d="M206 240l12-15" stroke="#d9694a" stroke-width="5" stroke-linecap="round"/>
<path d="M190 252a20 20 0 1 1 32 0" fill="none" stroke="#34424a" stroke-width="4" stroke-linecap="round"/>`,
  ),
} as const;

export type DemoPicture = keyof typeof DEMO_PICTURES;
