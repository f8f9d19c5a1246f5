/** No format that is in use stores a second of speech in less, but for silence. */
const BYTES_PER_SECOND_LEAST = 500;
const HEAD_BYTES = 4096;

/**
 * The most seconds that a sound file can last: from its header where that says it, else from its size. What is held
 * for a transcription is made of it; what is charged is what the provider counts.
 */
export async function soundSecondsMax(file: Blob): Promise<number> {
  const head = new DataView(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const known = wavSeconds(head, file.size) ?? flacSeconds(head) ?? (await mp3Seconds(file, head));
  const seconds = known ?? file.size / BYTES_PER_SECOND_LEAST;
  return Math.max(1, Math.ceil(seconds));
}

/** Uncompressed samples only: of what is compressed the header's rate is no more than a hint. */
function wavSeconds(head: DataView, size: number): number | null {
  if (head.byteLength < 44 || word(head, 0) !== 'RIFF' || word(head, 12) !== 'fmt ') return null;
  const format = head.getUint16(20, true);
  if (format !== 1 && format !== 3) return null;
  const channels = head.getUint16(22, true);
  const rate = head.getUint32(24, true);
  const bits = head.getUint16(34, true);
  const per_second = (channels * rate * bits) / 8;
  return per_second >= 1 ? size / per_second : null;
}

function flacSeconds(head: DataView): number | null {
  if (head.byteLength < 26 || word(head, 0) !== 'fLaC') return null;
  const rate = (head.getUint16(18) << 4) | (head.getUint8(20) >> 4);
  const samples = (head.getUint8(21) & 15) * 2 ** 32 + head.getUint32(22);
  return rate > 0 && samples > 0 ? samples / rate : null;
}

const MPEG1_KBPS = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const MPEG2_KBPS = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const RATES = [44_100, 48_000, 32_000];

/** By the bit rate of the first frame, or by the frame count that encoders of a varying rate put there. */
async function mp3Seconds(file: Blob, start: DataView): Promise<number | null> {
  let head = start;
  let tag = 0;
  if (head.byteLength > 10 && word(head, 0).startsWith('ID3')) {
    tag = 10;
    for (let at = 6; at < 10; at += 1) tag += (head.getUint8(at) & 127) << (7 * (9 - at));
    head = new DataView(await file.slice(tag, tag + HEAD_BYTES).arrayBuffer());
  }
  if (head.byteLength < 64) return null;
  const frame = head.getUint32(0);
  const layer3 = ((frame >>> 17) & 3) === 1;
  const version = (frame >>> 19) & 3;
  if (frame >>> 21 !== 0x7ff || !layer3 || version === 1) return null;
  const is_mpeg1 = version === 3;
  const kbps = (is_mpeg1 ? MPEG1_KBPS : MPEG2_KBPS)[((frame >>> 12) & 15) - 1];
  const base = RATES[(frame >>> 10) & 3];
  if (kbps === undefined || base === undefined) return null;
  const rate = base / (is_mpeg1 ? 1 : version === 2 ? 2 : 4);
  const is_mono = ((frame >>> 6) & 3) === 3;
  const side = is_mpeg1 ? (is_mono ? 17 : 32) : is_mono ? 9 : 17;
  const mark = word(head, 4 + side);
  if ((mark === 'Xing' || mark === 'Info') && (head.getUint32(8 + side) & 1) === 1)
    return (head.getUint32(12 + side) * (is_mpeg1 ? 1152 : 576)) / rate;
  return ((file.size - tag) * 8) / (kbps * 1000);
}

const word = (view: DataView, at: number): string =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
