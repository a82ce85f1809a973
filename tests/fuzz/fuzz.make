# SPDX-License-Identifier: BSD-2-Clause
# Builds fuzz targets with libFuzzer; "make fuzz" calls this with, beside flags
# and libraries, TARGETS, FOLDER, where all goes, and SOURCES, of which the
# linker takes what a target needs.  For GNU make.
objects = $(patsubst %.c,$(FOLDER)/%.o,$(sort $(filter %.c,$(SOURCES))))
shared = $(FOLDER)/tests/fuzz/fuzz.o

# These need so little that a short trial shall not wait for all the rest.
needs_broken = $(shared)
needs_text = $(FOLDER)/core/text.o

# A whole session needs a world.
include $(top_srcdir)/tests/fuzz/session_wraps.mk
session = session.o session_judge.o session_peer.o
$(foreach each,$(filter session_%,$(TARGETS)),$(eval needs_$(each) = \
  $(session:%=$(FOLDER)/tests/fuzz/%) $(shared) $(FOLDER)/libfuzzed.a))

all: $(TARGETS:%=$(FOLDER)/bin/%)

.SECONDEXPANSION:
$(TARGETS:%=$(FOLDER)/bin/%): $(FOLDER)/bin/%: $(FOLDER)/tests/fuzz/%.o \
		$(shared) $$(or $$(needs_$$*),$(FOLDER)/libfuzzed.a)
	@echo "  FUZZ     $*"
	@mkdir -p $(@D)
	@$(CC) -fsanitize=fuzzer,address,undefined -g -o $@ $^ $(LIBS) \
	  $(if $(filter session_%,$*),$(session_wraps))

$(FOLDER)/libfuzzed.a: $(objects)
	@rm -f $@
	@ar cr $@ $^

# The entry of a plugin has the name by which several are told apart.
plugin = $(word 2,$(subst /, ,$*))
entry = -Ddelivery_plugin_entry=$(plugin)_LTX_delivery_plugin_entry
$(FOLDER)/%.o: $(top_srcdir)/%.c
	@mkdir -p $(@D)
	@$(CC) -std=gnu11 -g -O1 -fno-omit-frame-pointer $(CPPFLAGS) \
	  -U_FORTIFY_SOURCE -DWITH_LIBFUZZER \
	  $(if $(filter plugins/%,$*),$(entry)) \
	  -fsanitize=fuzzer-no-link,address,undefined \
	  -fno-sanitize-recover=all -MMD -c -o $@ $<

-include $(objects:.o=.d) $(TARGETS:%=$(FOLDER)/tests/fuzz/%.d) \
	$(shared:.o=.d) $(session:%.o=$(FOLDER)/tests/fuzz/%.d)
