import type { IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Router, static as serveStatic } from 'express'
import type { Caller } from '../access/caller.ts'

const require = createRequire(import.meta.url)
const fileOf = (name: string, file: string): string => join(dirname(require.resolve(`${name}/package.json`)), file)

/** All that the page loads comes from this server; nothing leaves the installation. */
const FILES: Record<string, string> = {
  'react.js': fileOf('react', 'umd/react.production.min.js'),
  'react-dom.js': fileOf('react-dom', 'umd/react-dom.production.min.js'),
  'graphiql.js': fileOf('graphiql', 'graphiql.min.js'),
  'graphiql.css': fileOf('graphiql', 'graphiql.min.css'),
  'start.js': fileURLToPath(new URL('./start.js', import.meta.url)),
}

const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Kartotek API</title>
  <link rel="stylesheet" href="/graphiql/graphiql.css">
  <style>html, body, #graphiql { height: 100%; margin: 0 }</style>
</head>
<body>
  <div id="graphiql"></div>
  <script src="/graphiql/react.js"></script>
  <script src="/graphiql/react-dom.js"></script>
  <script src="/graphiql/graphiql.js"></script>
  <script src="/graphiql/start.js"></script>
</body>
</html>
`

/** A place to try the API in the browser, for who is signed in: his schema, his rights. Mounted at `/graphiql`. */
export function graphiqlRouter(authenticate: (request: IncomingMessage) => Promise<Caller | null>): Router {
  const router = Router()
  router.use(async (request, response, next) => {
    if (!await authenticate(request)) return response.redirect('/')
    // Its editor brings its font inside its style sheet.
    const policy = response.getHeader('content-security-policy')
    if (typeof policy === 'string') response.setHeader('content-security-policy', policy.replace("font-src 'self'", "font-src 'self' data:"))
    next()
  })
  router.get('/', (_request, response) => { response.type('html').set('cache-control', 'no-store').send(PAGE) })
  for (const [name, file] of Object.entries(FILES)) {
    router.use(`/${name}`, serveStatic(file, { index: false, fallthrough: false, maxAge: '1h' }))
  }
  return router
}
