import { expect, it } from 'vitest'
import { copyLine } from './copy.ts'

it('writes the text format of COPY', () => {
  expect(copyLine(['a\tb\\c\nd', null, true, 1.5, 10n, new Date(0), ['x "y"', 'z\\'], { json: { a: 'б\n' } }])).toBe(
    'a\\tb\\\\c\\nd\t\\N\tt\t1.5\t10\t1970-01-01T00:00:00.000Z\t{"x \\\\"y\\\\"","z\\\\\\\\"}\t{"a":"б\\\\n"}\n')
})
