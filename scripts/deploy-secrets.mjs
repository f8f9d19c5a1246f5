/**
 * Which secrets a deployment has to make. Cloudflare shows no secret again, and making one anew would lock its owner
 * out (the admin key) or lose every stored credential (the encryption key): so where it is not certain that a secret
 * is missing, none is made.
 * @param {{ok: boolean, text: string}} listing of `wrangler secret list --format json`
 * @returns {{admin_key: boolean, encryption_key: boolean, receipt_key: boolean} | null} `null` = unknown: do not deploy.
 */
export function missingSecrets({ ok, text }) {
  if (!ok)
    return /Worker "[^"]*"[^\n]* not found/.test(text)
      ? { admin_key: true, encryption_key: true, receipt_key: true }
      : null;
  const has = (name) => new RegExp(`"name":\\s*"${name}"`).test(text);
  if (!/\[[\s\S]*\]/.test(text)) return null;
  return {
    admin_key: !has('SLUICE_ADMIN_KEY_HASH'),
    encryption_key: !has('SLUICE_ENCRYPTION_KEYS') && !has('SLUICE_ENCRYPTION_KEYS_NEXT'),
    receipt_key: !has('SLUICE_RECEIPT_KEYS'),
  };
}
