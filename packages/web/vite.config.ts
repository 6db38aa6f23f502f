import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  // Everything is served from the one origin, whatever path a reverse proxy puts before it.
  base: './',
  resolve: { conditions: ['source', 'browser', 'module', 'import', 'default'] },
  build: { target: 'es2022', assetsInlineLimit: 0, sourcemap: false },
});
