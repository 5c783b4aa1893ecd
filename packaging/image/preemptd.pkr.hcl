# An Alibaba Cloud image with preemptd in it. Needs packer with the alicloud plugin, the packages beside this file, and
# ALICLOUD_ACCESS_KEY, ALICLOUD_SECRET_KEY and ALICLOUD_REGION in the environment:
#   packer init . && packer build -var source_image=debian_12_... .
packer {
  required_plugins {
    alicloud = {
      source  = "github.com/hashicorp/alicloud"
      version = ">= 1.1.0"
    }
  }
}

variable "source_image" {
  type        = string
  description = "Image to start from: Debian 12 or 13, Ubuntu 22.04 or 24.04, Alibaba Cloud Linux 3 or 4."
}

variable "image_name" {
  type    = string
  default = "node-with-preemptd"
}

variable "instance_type" {
  type    = string
  default = "ecs.t6-c1m1.large"
}

variable "packages" {
  type        = string
  description = "Folder with the packages of preemptd; those of the kind the source image takes are installed."
  default     = "packages/"
}

source "alicloud-ecs" "node" {
  image_name                  = var.image_name
  image_description           = "Drains itself when it is reclaimed"
  image_force_delete          = true
  source_image                = var.source_image
  instance_type               = var.instance_type
  internet_charge_type        = "PayByTraffic"
  io_optimized                = true
  associate_public_ip_address = true
  ssh_username                = "root"
}

build {
  sources = ["source.alicloud-ecs.node"]

  provisioner "shell" {
    inline = ["mkdir -p /tmp/bake/packages"]
  }
  provisioner "file" {
    source      = var.packages
    destination = "/tmp/bake/packages/"
  }
  provisioner "file" {
    source      = "bake.sh"
    destination = "/tmp/bake/bake.sh"
  }
  provisioner "shell" {
    inline = [
      "sh /tmp/bake/bake.sh /tmp/bake/packages",
      "rm -rf /tmp/bake",
    ]
  }
}
