const IMAGES = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif', 'image/tiff'])
const SIDE = 640
/** 50 megapixels: a picture of 40 kB can claim to be larger than all memory. */
const MOST_PIXELS = 50_000_000

/**
 * A small picture of an image, without what cameras write into it (place, time, owner). Null for what is no image, or none
 * that can be read.
 */
export async function makePreview(path: string, mime: string, to: string): Promise<{ width: number, height: number } | null> {
  if (!IMAGES.has(mime)) return null
  // Loaded with the first picture, not with the server.
  const { default: sharp } = await import('sharp')
  sharp.cache(false)
  try {
    const image = sharp(path, { limitInputPixels: MOST_PIXELS, failOn: 'error', animated: false })
    const { width, height } = await image.metadata()
    await image.rotate().resize({ width: SIDE, height: SIDE, fit: 'inside', withoutEnlargement: true }).timeout({ seconds: 20 }).webp({ quality: 78 }).toFile(to)
    return { width, height }
  } catch {
    return null
  }
}
