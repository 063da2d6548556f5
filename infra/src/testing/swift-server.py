"""OpenStack Swift with its S3 interface as one process, for tests: python3 swift.py <directory> <access> <secret>.

Prints the port of the proxy when everything listens. Account `test`; the user's name is the access key's second half.
"""

import logging
import os
import sys

import eventlet

eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True)
from eventlet import listen, sleep, spawn, wsgi  # noqa: E402

directory, user, secret = sys.argv[1:4]
from swift.common import utils  # noqa: E402

utils.SWIFT_CONF_FILE = os.path.join(directory, 'swift.conf')
with open(utils.SWIFT_CONF_FILE, 'w') as conf:
    conf.write('[swift-hash]\nswift_hash_path_suffix = tests\n')

from swift.account.server import AccountController  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.storage_policy import reload_storage_policies  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402
from swift.container.server import ContainerController  # noqa: E402
from swift.obj.server import ObjectController  # noqa: E402
from swift.common.wsgi import SwiftHttpProtocol  # noqa: E402

utils.validate_configuration()
reload_storage_policies()

conf = {
    'devices': directory,
    'swift_dir': directory,
    'mount_check': 'false',
    'fallocate_reserve': '0',
    'disable_fallocate': 'true',
    'allowed_sync_hosts': '127.0.0.1',
}
os.makedirs(os.path.join(directory, 'disk', 'tmp'), exist_ok=True)
sockets = {name: listen(('127.0.0.1', 0)) for name in ('account', 'container', 'object')}
for name, socket in sockets.items():
    ring = RingBuilder(part_power=1, replicas=1, min_part_hours=0)
    place = {'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': socket.getsockname()[1]}
    ring.add_dev({**place, 'device': 'disk', 'weight': 1, 'replication_ip': '127.0.0.1', 'replication_port': place['port']})
    ring.rebalance()
    ring.get_ring().save(os.path.join(directory, f'{name}.ring.gz'))

proxy_conf = os.path.join(directory, 'proxy-server.conf')
with open(proxy_conf, 'w') as conf_file:
    conf_file.write(f'''
[DEFAULT]
swift_dir = {directory}
[pipeline:main]
pipeline = catch_errors gatekeeper s3api tempauth proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:s3api]
use = egg:swift#s3api
location = test-region
auth_pipeline_check = false
[filter:tempauth]
use = egg:swift#tempauth
user_{user.replace(':', '_')} = {secret} .admin
''')

log = utils.get_logger({}, 'swift')
quiet = logging.getLogger('quiet')
quiet.disabled = True
apps = {
    'account': AccountController(conf, log),
    'container': ContainerController(conf, log),
    'object': ObjectController(conf, log),
}
for name, app in apps.items():
    spawn(wsgi.server, sockets[name], app, quiet, protocol=SwiftHttpProtocol)


class Cache:
    """What Swift asks of its memcached servers."""

    def __init__(self):
        self.values = {}

    def set(self, key, value, *_, **__):
        self.values[key] = value

    def get(self, key, *_, **__):
        return self.values.get(key)

    def delete(self, key, *_, **__):
        self.values.pop(key, None)

    def incr(self, key, delta=1, *_, **__):
        self.values[key] = self.values.get(key, 0) + delta
        return self.values[key]


cache, application = Cache(), loadapp(proxy_conf)


def with_cache(environ, start_response):
    environ['swift.cache'] = cache
    return application(environ, start_response)


proxy = listen(('127.0.0.1', 0))
spawn(wsgi.server, proxy, with_cache, quiet, protocol=SwiftHttpProtocol)
print(proxy.getsockname()[1], flush=True)
while True:
    sleep(3600)
