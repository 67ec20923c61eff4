export interface FileVersion { number: number, name: string, bytes: number, mime: string, at: string, by: string | null, url: string }
/** A file of a record: contents here, with versions, or a link to where it lies. */
export interface FileRecord {
  id: string
  name: string
  url: string | null
  href: string | null
  preview: string | null
  createdAt: string
  createdBy: { id: string, title: string | null } | null
  versions: FileVersion[]
  can: { update: boolean, delete: boolean }
}

export interface FilesPage { nodes: FileRecord[], pageInfo: { hasNextPage: boolean, endCursor: string | null } }

export const FILES = /* GraphQL */ `
  query FilesOf($id: ID!, $after: String) {
    files(filter: { subject: { id: { eq: $id } } }, orderBy: [{ field: createdAt, direction: DESC }], first: 100, after: $after) {
      nodes { id name url href preview createdAt createdBy { id title } can { update delete } versions { number name bytes mime at by url } }
      pageInfo { hasNextPage endCursor }
    }
  }
`
export const ATTACH = `mutation AttachFile($subject: RecordLinkInput!, $upload: ID!) { attachFile(subject: $subject, upload: $upload) { file } }`
export const ADD_VERSION = `mutation AddFileVersion($file: ID!, $upload: ID!) { addFileVersion(file: $file, upload: $upload) { file } }`
export const RESTORE_VERSION = `mutation RestoreFileVersion($file: ID!, $version: Int!) { restoreFileVersion(file: $file, version: $version) { file } }`
export const LINK = `mutation LinkDocument($input: FileCreateInput!) { createFile(input: $input) { id } }`
export const TRASH = `mutation TrashFile($id: ID!) { deleteFile(id: $id) { id } }`
