import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

/**
 * The installed browser, or the one named by `KARTOTEK_TEST_BROWSER`. The headless shell is Chromium without the program around the page,
 * and takes a fifth less of the machine.
 * @param hosts names that it knows beside those that the machine knows, and their addresses
 */
export async function openBrowser(hosts: Record<string, string> = {}): Promise<Browser> {
  const executablePath = process.env.KARTOTEK_TEST_BROWSER ?? ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(path => existsSync(path))
  if (!executablePath) throw new Error('No browser was found. Install the Debian package chromium-headless-shell or chromium, or set KARTOTEK_TEST_BROWSER to the path of one.')
  return chromium.launch({
    executablePath,
    // As on people's machines: in the C locale it gives downloads with other letters no name.
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    // Pages of tests live for seconds: code is not optimised for longer, which takes an eighth less of the machine.
    args: ['--js-flags=--no-opt,--sparkplug', '--num-raster-threads=1', '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', `--host-resolver-rules=${Object.entries(hosts).map(([name, address]) => `MAP ${name} ${address}`).join(',')}`],
  })
}
