# For those who build with node-gyp; CMakeLists.txt is the other door to the same list of sources.
{
  "targets": [
    {
      "target_name": "rasvm",
      "sources": ["<!@(cat native/sources.txt)"],
      "include_dirs": ["native", "<!@(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NAPI_CPP_EXCEPTIONS", "_GNU_SOURCE", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++20", "-std=gnu++17"],
      "cflags_cc": ["-std=c++17", "-frtti", "-Wall", "-Wextra", "-fvisibility=hidden"],
      "ldflags": ["-static-libstdc++", "-static-libgcc"],
    }
  ]
}
