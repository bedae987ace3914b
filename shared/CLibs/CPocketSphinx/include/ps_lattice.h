// Forwards <ps_lattice.h>, which pocketsphinx.h includes without its folder.
#include <pocketsphinx/ps_lattice.h>
