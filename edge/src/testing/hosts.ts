// Two hosts to measure in tests: a current physical server with everything, and a container on an old kernel.

import type { HostFiles } from './host-tree.ts'

export const SERVER: HostFiles = {
  'proc/stat': [
    'cpu  1000 100 500 8000 200 50 50 100 40 10',
    'cpu0 500 50 250 4000 100 25 25 50 20 5',
    'cpu1 500 50 250 4000 100 25 25 50 20 5',
    'intr 12345 0 0 0',
    'btime 1795293311',
    'processes 9000',
  ].join('\n'),
  'proc/loadavg': '0.50 1.25 2.75 3/456 7890\n',
  'proc/meminfo': [
    'MemTotal:       16000000 kB',
    'MemFree:         1000000 kB',
    'MemAvailable:   12000000 kB',
    'Buffers:          200000 kB',
    'Cached:          9000000 kB',
    'SwapCached:            0 kB',
    'SwapTotal:       4000000 kB',
    'SwapFree:        3000000 kB',
    'SReclaimable:    1000000 kB',
  ].join('\n'),
  'proc/uptime': '123456.78 200000.00\n',
  'proc/cpuinfo':
    'processor\t: 0\nmodel name\t: Test CPU 3 GHz\nflags\t\t: fpu\n\nprocessor\t: 1\nmodel name\t: Test CPU 3 GHz\n',
  'proc/self/mountinfo': [
    '22 27 0:21 / /proc rw,relatime - proc proc rw',
    '27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw',
    '41 27 0:30 / /run rw,nosuid - tmpfs tmpfs rw',
  ].join('\n'),
  'proc/diskstats': [
    '   7       0 loop0 5 0 10 1 0 0 0 0 0 1 1',
    ' 254       0 vda 1000 10 8000 500 2000 20 16000 1500 0 4000 2000 0 0 0 0 0 0',
    ' 254       1 vda1 1000 10 8000 500 2000 20 16000 1500 0 4000 2000 0 0 0 0 0 0',
  ].join('\n'),
  'proc/net/dev': [
    'Inter-|   Receive                                                |  Transmit',
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
    '    lo:   10712     108    0    0    0     0          0         0    10712     108    0    0    0     0       0          0',
    '  eth0: 5000 50 1 2 0 0 0 0 7000 70 3 4 0 0 0 0',
    'vetha1b2c3: 99 9 0 0 0 0 0 0 99 9 0 0 0 0 0 0',
  ].join('\n'),
  'proc/1/stat':
    '1 (systemd) S 0 1 1 0 -1 4194560 0 0 0 0 300 200 0 0 20 0 1 0 5 100000 2500 18446744073709551615',
  'sys/block/vda/size': '1000',
  'sys/class/hwmon/hwmon0/name': 'coretemp\n',
  'sys/class/hwmon/hwmon0/temp1_input': '45000\n',
  'sys/class/hwmon/hwmon0/temp1_label': 'Package id 0\n',
  'sys/class/hwmon/hwmon0/temp2_input': '52500\n',
  'sys/class/dmi/id/sys_vendor': 'Dell Inc.\n',
  'sys/class/dmi/id/product_name': 'PowerEdge R660\n',
  'etc/os-release': 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n',
  'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n',
  'run/systemd/system/.keep': '',
  'run/systemd/sessions/3':
    'UID=1000\nUSER=alice\nCLASS=user\nSTATE=active\nTTY=pts/0\nREMOTE_HOST=192.0.2.7\nREALTIME=1795293999123456\n',
  'var/lib/dpkg/status':
    'Package: a\nStatus: install ok installed\n\nPackage: b\nStatus: deinstall ok config-files\n\nPackage: c\nStatus: install ok installed\n',
}

/** No MemAvailable, no steal, no swap, no /sys at all, no systemd, no utmp, no sensors, an overlay as root. */
export const CONTAINER: HostFiles = {
  'proc/stat': 'cpu  1000 100 500 8000 200 50 50\ncpu0 1000 100 500 8000 200 50 50\nbtime 1795293311\n',
  'proc/loadavg': '0.00 0.01 0.05 1/20 77\n',
  'proc/meminfo': 'MemTotal: 1000 kB\nMemFree: 200 kB\nBuffers: 50 kB\nCached: 150 kB\n',
  'proc/uptime': '10.00 9.00\n',
  'proc/cpuinfo': 'processor\t: 0\nBogoMIPS\t: 38.40\n',
  'proc/self/mountinfo': [
    '100 90 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/a,upperdir=/b',
    '101 100 8:1 /hosts /etc/hosts rw - ext4 /dev/sda1 rw',
    '102 100 0:51 / /proc rw - proc proc rw',
  ].join('\n'),
  'proc/diskstats': '   8       0 sda 1 0 8 1 2 0 16 1 0 4 2\n   8       1 sda1 1 0 8 1 2 0 16 1 0 4 2\n',
  'proc/net/dev':
    'Inter-| Receive | Transmit\n face |bytes |bytes\n  eth0:1000 10 0 0 0 0 0 0 2000 20 0 0 0 0 0 0\n',
  'proc/1/stat': '1 (sh) S 0 1 1 0 -1 4194560 0 0 0 0 3 2 0 0 20 0 1 0 5 100000 250 18446744073709551615',
  'run/.containerenv': '',
}
