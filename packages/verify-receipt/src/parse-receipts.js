/**
 * Receipts in a file: one, a list, `{"data": […]}`, or one a line.
 * @param {string} text @param {string} file named in errors
 * @returns {unknown[]}
 */
export function parseReceipts(text, file) {
  try {
    return listOf(JSON.parse(text));
  } catch {
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .flatMap((line, at) => {
        try {
          return listOf(JSON.parse(line));
        } catch {
          throw new Error(`${file}, line ${at + 1}: this is not JSON.`);
        }
      });
  }
}

function listOf(value) {
  if (Array.isArray(value)) return value;
  return Array.isArray(value?.data) ? value.data : [value];
}
