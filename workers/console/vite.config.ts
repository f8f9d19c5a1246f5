import path from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `npm run dev` in this folder serves the pages with a gateway of `npm start` behind them. */
const GATEWAY = process.env['SLUICE_BASE_URL'] ?? 'http://127.0.0.1:8787';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: process.env['CONSOLE_OUT'] ?? path.join(import.meta.dirname, 'dist'),
    emptyOutDir: true,
    assetsDir: 'console',
    // The policy of the page forbids data: in scripts and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    manifest: 'console/manifest.json',
  },
  server: {
    proxy: Object.fromEntries(
      ['/v1', '/admin', '/openapi.json', '/docs', '/healthz', '/.well-known'].map((prefix) => [
        prefix,
        { target: GATEWAY, changeOrigin: false },
      ]),
    ),
  },
});
