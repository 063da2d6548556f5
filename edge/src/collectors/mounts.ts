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

/**
 * Parses mountinfo. The shortest path of a device stands for it, the others are bind mounts; what is mounted later
 * at the same path hides what was there.
 */
export function parseMounts(mountinfo: string, limit: number): Mount[] {
  const byPath = new Map<string, Mounted>()
  for (const mounted of mountinfo.split('\n').map(parseLine))
    if (mounted.path) byPath.set(mounted.path, mounted)
  const byDevice = new Map<string, Mount>()
  for (const { number, path, device, type } of byPath.values()) {
    const key = deviceKey(number, device)
    const known = byDevice.get(key)
    if (!isReal(type, path) || (known && known.path.length <= path.length)) continue
    byDevice.set(key, { path, device, type, remote: REMOTE_TYPES.test(type) })
  }
  return [...byDevice.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)).slice(0, limit)
}

type Mounted = {
  readonly number: string
  readonly path: string
  readonly device: string
  readonly type: string
}

function parseLine(line: string): Mounted {
  const [left = '', right = ''] = line.split(' - ', 2)
  const [, , number = '', , path = ''] = left.split(' ')
  const [type = '', device = ''] = right.split(' ')
  return { number, path: unescaped(path), device: unescaped(device), type }
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
