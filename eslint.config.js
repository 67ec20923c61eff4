import eslint from '@eslint/js'
import vue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'

/** Who may import whom: sdk ← core, web, plugins, examples. A deep path into another package is nobody's. */
const directions = (...forbidden) => ['error', { patterns: forbidden.map(([group, message]) => ({ group, message })) }]
const NO_CORE = [['@kartotek/core', '@kartotek/core/*', '!@kartotek/core/testing', '**/core/src/**'], 'Import @kartotek/sdk: the core is not for others.']
const NO_WEB = [['@kartotek/web', '@kartotek/web/*', '**/web/src/**'], 'The web app is imported by nobody.']
const NO_DEEP = [['@kartotek/sdk/src/*', '**/sdk/src/**'], 'Import @kartotek/sdk by its name.']
const NO_PLUGINS = [['@kartotek/plugin-*', '**/plugins/*/src/**', '**/examples/**'], 'A plugin is seen only through its contract in the SDK.']

const TYPESCRIPT = ['**/*.ts', '**/*.vue']

export default tseslint.config(
  { ignores: ['**/node_modules/', '**/dist/', 'data/', 'web/auto-imports.d.ts', 'web/components.d.ts', 'sdk/components.d.ts', '**/__generated__/', 'web/src/graphql/*.d.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  tseslint.configs.recommended,
  vue.configs['flat/essential'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
  },
  {
    rules: {
      'eqeqeq': ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-template-curly-in-string': 'error',
      // control characters of input are looked for on purpose
      'no-control-regex': 'off',
      'prefer-const': 'error',
      'no-var': 'error',
    },
  },
  {
    files: TYPESCRIPT,
    rules: {
      // TypeScript itself knows what is defined
      'no-undef': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }],
      // allowed where a line above it says why: `// eslint-disable-next-line … -- reason`
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description', 'ts-ignore': true, 'ts-nocheck': true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
    },
  },
  {
    // with types: what is forgotten here is lost at run time
    files: ['core/**/*.ts', 'sdk/**/*.ts', 'examples/*/src/**/*.ts', 'plugins/*/src/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, attributes: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/no-for-in-array': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['**/*.vue'],
    rules: {
      'vue/multi-word-component-names': 'off',
      // a no-break space in a text is typography
      'no-irregular-whitespace': 'off',
      'vue/no-irregular-whitespace': ['error', { skipStrings: true, skipTemplates: true, skipHTMLTextContents: true, skipHTMLAttributeValues: true }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/define-props-declaration': ['error', 'type-based'],
      'vue/define-emits-declaration': ['error', 'type-based'],
      // what users wrote must never be markup
      'vue/no-v-html': 'error',
    },
  },
  { files: ['sdk/**'], ignores: ['sdk/tests/**'], rules: { 'no-restricted-imports': directions(NO_CORE, NO_WEB, NO_PLUGINS, [['@kartotek/*'], 'The SDK imports none of ours.']) } },
  // they see the SDK as authors do: by its names, with the test kit
  { files: ['sdk/tests/**'], rules: { 'no-restricted-imports': directions([['@kartotek/core/*', '!@kartotek/core/testing', '**/core/src/**'], 'Of the core only the test kit.'], NO_WEB, NO_PLUGINS, NO_DEEP) } },
  { files: ['core/src/**'], rules: { 'no-restricted-imports': directions(NO_WEB, NO_DEEP, NO_PLUGINS) } },
  { files: ['web/src/**'], rules: { 'no-restricted-imports': directions(NO_CORE, NO_DEEP, NO_PLUGINS) } },
  { files: ['plugins/**', 'examples/**'], ignores: ['**/*.test.ts', '**/testing.ts'], rules: { 'no-restricted-imports': directions(NO_CORE, NO_WEB, NO_DEEP) } },
  {
    // programs that talk to a terminal, and plain JavaScript of Node
    files: ['core/bin/**', 'core/bench/**', 'core/src/cli/main.ts', '**/*-process.ts', 'examples/**', 'web/build/**', 'web/e2e/**'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly', setTimeout: 'readonly', clearTimeout: 'readonly', setInterval: 'readonly', clearInterval: 'readonly' } },
    rules: { 'no-console': 'off' },
  },
  {
    files: ['web/public/**'],
    languageOptions: { globals: { document: 'readonly', window: 'readonly', localStorage: 'readonly', matchMedia: 'readonly' } },
    // runs before everything else, as it is written
    rules: { 'no-var': 'off' },
  },
)
