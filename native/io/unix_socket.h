// Unix sockets without Node.js' net, which takes 40 ms of a machine's start to load.
#pragma once

#include <string>

namespace rasvm {

// A stream socket bound to `path` that listens; non-blocking, closed on exec. SystemError.
int listenUnix(const std::string& path);

}  // namespace rasvm
