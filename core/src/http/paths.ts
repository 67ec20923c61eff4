/** The paths of the API, as routers were mounted: what is not found below them is no page of the web app. */
export class Paths {
  readonly #pages = new Map<string, boolean>()

  /** `page`: the path alone is one of the web app's. */
  add(path: string, page = false): void {
    this.#pages.set(path.slice(1).toLowerCase(), page && this.#pages.get(path.slice(1).toLowerCase()) !== false)
  }

  /** The first part of a path of the API, without slashes: `uploads`; null for what the web app may answer. */
  areaOf(path: string): string | null {
    const [area = '', ...rest] = path.replace(/^\/+/, '').toLowerCase().split('/')
    const page = this.#pages.get(area)
    return page === undefined || (page && !rest.join('')) ? null : area
  }
}
