import { kartotekPlugin } from '@kartotek/sdk/vite'
import { defineConfig } from 'vite'

export default defineConfig({ plugins: [kartotekPlugin({ id: 'my-plugin' })] })
