/** Multiprocessor affinity of a vCPU, as KVM gives it (arch/arm64/kvm/sys_regs.c, reset_mpidr). */

/** Sixteen vCPUs a cluster: what one GICv3 SGI target list reaches. */
const CPUS_PER_CLUSTER = 16;

/** Affinity fields Aff2:Aff1:Aff0 of MPIDR_EL1 (bits 23:0), without bit 31, as ACPI and device trees want them. */
export function vcpuMpidr(index: number): bigint {
  const aff0 = index % CPUS_PER_CLUSTER;
  const aff1 = Math.floor(index / CPUS_PER_CLUSTER) & 0xff;
  const aff2 = Math.floor(index / CPUS_PER_CLUSTER / 256) & 0xff;
  return BigInt((aff2 << 16) | (aff1 << 8) | aff0);
}
