// Which mounted file systems hold data of this host: each device once, no pseudo file systems.
// Source of the format: proc_pid_mountinfo(5).

/** A file system worth watching. */
export type Mount = {
  readonly path: string
  readonly device: string
  readonly type: string
  /** Its server may be gone, and the question then hangs. */
  readonly remote: boolean
}

const LOCAL_TYPES: ReadonlySet<string> = new Set(
  'ext2 ext3 ext4 xfs btrfs zfs f2fs jfs reiserfs bcachefs nilfs2 ntfs ntfs3 vfat exfat msdos hfs hfsplus ufs ocfs2 gfs2 apfs ubifs jffs2 fuseblk simfs vzfs virtiofs 9p'.split(
    ' ',
  ),
)
const REMOTE_TYPES =
  /^(nfs4?|cifs|smb3|smbfs|ceph|lustre|glusterfs|afs|beegfs|gpfs|fuse\.(sshfs|glusterfs|rclone|s3fs|ceph|ceph-fuse|mergerfs|juicefs|mfs|gcsfuse|zfs))$/
const SYSTEM_PATHS =
  /^\/((proc|sys|dev|snap|run\/(user|credentials|docker|containerd))(\/|$)|var\/lib\/(docker|containers|containerd|kubelet|snapd)\/)/
const CONTAINER_FILES = /^\/etc\/(hosts|hostname|resolv\.conf)$/

/** Parses mountinfo. The first, shortest path of a device stands for it; the others are bind mounts. */
export function parseMounts(mountinfo: string, limit: number): Mount[] {
  const byDevice = new Map<string, Mount>()
  for (const line of mountinfo.split('\n')) {
    const parsed = parseMount(line)
    if (!parsed) continue
    const known = byDevice.get(parsed.key)
    if (!known || parsed.mount.path.length < known.path.length) byDevice.set(parsed.key, parsed.mount)
  }
  return [...byDevice.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)).slice(0, limit)
}

function parseMount(line: string): { key: string; mount: Mount } | undefined {
  const [left = '', right = ''] = line.split(' - ', 2)
  const [, , number = '', , rawPath = ''] = left.split(' ')
  const [type = '', rawDevice = ''] = right.split(' ')
  const path = unescaped(rawPath)
  const device = unescaped(rawDevice)
  if (!path || !isReal(type, path)) return undefined
  return { key: deviceKey(number, device), mount: { path, device, type, remote: REMOTE_TYPES.test(type) } }
}

/** A root that is an overlay is a container's only disk; elsewhere overlays repeat what lies under them. */
function isReal(type: string, path: string): boolean {
  if (type === 'overlay') return path === '/'
  if (SYSTEM_PATHS.test(path) || CONTAINER_FILES.test(path)) return false
  return LOCAL_TYPES.has(type) || REMOTE_TYPES.test(type)
}

/** btrfs subvolumes and NFS mounts have a number each while the source is one. */
const deviceKey = (number: string, device: string): string =>
  device.startsWith('/dev/') || device.includes(':') || device.startsWith('//')
    ? device
    : `${number} ${device}`

/** Space, tab, newline and backslash are written as three octal digits. */
const unescaped = (text: string): string =>
  text.includes('\\')
    ? text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
    : text
